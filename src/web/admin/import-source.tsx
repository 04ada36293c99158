/** Taking a file in: dropped, chosen, or pasted. */
import { Button, FileButton, NativeSelect, Textarea } from '@mantine/core'
import { IconFileSpreadsheet, IconUpload } from '@tabler/icons-react'
import { type DragEvent, type ReactElement, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../parts/formats.ts'
import { decodeCsv, type Encoding, encodingNames, encodings, guessEncoding } from './csv-file.ts'
import { importCharactersMax } from './import-limits.ts'
import { Note } from './note.tsx'
import css from './import.module.css'

/** In UTF-16 each takes two bytes. */
const fileBytesMax = 2 * importCharactersMax

export interface TakenFile {
  readonly id: number
  /** Null: pasted. */
  readonly name: string | null
  readonly text: string
  readonly bytes: Uint8Array | null
  /** Null: pasted. */
  readonly encoding: Encoding | null
}

type Trouble = 'tooLarge' | 'notText'

export interface ImportSourceProps {
  readonly file: TakenFile | null
  readonly onFile: (file: TakenFile | null) => void
}

export function ImportSource({ file, onFile }: ImportSourceProps): ReactElement {
  const { t, i18n } = useTranslation()
  const formats = useFormats()
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const keep = (text: string | null, rest: Omit<TakenFile, 'id' | 'text'>): void => {
    const found = text === null ? 'notText' : text.length > importCharactersMax ? 'tooLarge' : null
    setTrouble(found)
    if (text !== null && found === null) onFile({ id: (file?.id ?? 0) + 1, text, ...rest })
  }
  const takeFile = async (picked: File): Promise<void> => {
    if (picked.size > fileBytesMax) return setTrouble('tooLarge')
    const bytes = new Uint8Array(await picked.arrayBuffer())
    const encoding = guessEncoding(bytes, i18n.language)
    return keep(decodeCsv(bytes, encoding), { name: picked.name, bytes, encoding })
  }
  const readAs = (encoding: Encoding): void => {
    if (file?.bytes != null) keep(decodeCsv(file.bytes, encoding), { name: file.name, bytes: file.bytes, encoding })
  }
  return (
    <div className={css['source']}>
      {trouble !== null && (
        <Note tone="bad" live>
          {t(`admin.import.${trouble}`, { size: formats.bytes(importCharactersMax) })}
        </Note>
      )}
      {file === null ? (
        <DropPlace onPick={(picked) => void takeFile(picked)} onText={(text) => keep(text, { name: null, bytes: null, encoding: null })} />
      ) : (
        <Taken file={file} onEncoding={readAs} onOther={() => onFile(null)} />
      )}
    </div>
  )
}

function DropPlace({ onPick, onText }: { readonly onPick: (file: File) => void; readonly onText: (text: string) => void }): ReactElement {
  const { t } = useTranslation()
  const [isOver, setOver] = useState(false)
  const [pasted, setPasted] = useState('')
  const onDrop = (event: DragEvent): void => {
    event.preventDefault()
    setOver(false)
    const [picked] = event.dataTransfer.files
    const text = event.dataTransfer.getData('text/plain')
    if (picked !== undefined) onPick(picked)
    else if (text !== '') onText(text)
  }
  return (
    <>
      <div
        className={css['drop']}
        data-over={isOver || undefined}
        onDragOver={(event) => (event.preventDefault(), setOver(true))}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <IconFileSpreadsheet size={28} stroke={1.5} aria-hidden />
        <p>{t('admin.import.drop')}</p>
        <FileButton onChange={(picked) => picked !== null && onPick(picked)} accept=".csv,.tsv,.txt,text/csv,text/plain">
          {(props) => (
            <Button {...props} leftSection={<IconUpload size={16} aria-hidden />}>
              {t('admin.import.choose')}
            </Button>
          )}
        </FileButton>
      </div>
      <div className={css['paste']}>
        <Textarea
          label={t('admin.import.paste')}
          description={t('admin.import.or')}
          minRows={3}
          maxRows={8}
          autosize
          spellCheck={false}
          value={pasted}
          onChange={({ currentTarget }) => setPasted(currentTarget.value)}
        />
        {pasted.trim() !== '' && (
          <Button variant="default" mt="xs" onClick={() => onText(pasted)}>
            {t('admin.import.take')}
          </Button>
        )}
      </div>
    </>
  )
}

interface TakenProps {
  readonly file: TakenFile
  readonly onEncoding: (encoding: Encoding) => void
  readonly onOther: () => void
}

/** It takes the focus: what had it before is gone. */
function Taken({ file: { name, text, bytes, encoding }, onEncoding, onOther }: TakenProps): ReactElement {
  const { t } = useTranslation()
  const line = useRef<HTMLParagraphElement>(null)
  useEffect(() => line.current?.focus(), [])
  const rows = t('admin.import.rows', { count: Math.max(0, text.trimEnd().split('\n').length - 1) })
  return (
    <div className={css['taken']}>
      <p ref={line} tabIndex={-1} className={css['takenName']}>
        <IconFileSpreadsheet size={18} stroke={1.6} aria-hidden />
        <span>
          {encoding === null ? (
            `${t('admin.import.pasted')}: ${rows}`
          ) : (
            <bdi>{t('admin.import.read', { name: name ?? '', rows, encoding: encodingNames[encoding] })}</bdi>
          )}
        </span>
      </p>
      {bytes !== null && encoding !== null && encoding !== 'utf-16le' && encoding !== 'utf-16be' && (
        <NativeSelect
          size="xs"
          label={t('admin.import.encoding')}
          value={encoding}
          onChange={({ currentTarget: { value } }) => onEncoding(encodings.find((each) => each === value) ?? 'utf-8')}
          data={encodings.filter((each) => !each.startsWith('utf-16')).map((value) => ({ value, label: encodingNames[value] }))}
        />
      )}
      <Button variant="default" size="compact-sm" onClick={onOther}>
        {t('admin.import.other')}
      </Button>
    </div>
  )
}
