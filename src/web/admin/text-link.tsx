/** A link to another page, within text. */
import { Anchor, type AnchorProps } from '@mantine/core'
import { createLink, type LinkComponent } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, ReactElement, Ref } from 'react'

interface PlainAnchorProps extends AnchorProps, Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps> {
  readonly ref?: Ref<HTMLAnchorElement>
}

function PlainAnchor(props: PlainAnchorProps): ReactElement {
  return <Anchor inherit underline="always" {...props} />
}

const Created = createLink(PlainAnchor)

export const TextLink: LinkComponent<typeof PlainAnchor> = (props) => <Created preload="intent" {...props} />
