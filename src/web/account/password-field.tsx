/** A password, which may be looked at. */
import { PasswordInput, type PasswordInputProps } from '@mantine/core'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'

export function PasswordField(props: PasswordInputProps): ReactElement {
  const { t } = useTranslation()
  const [visible, setVisible] = useState(false)
  return (
    <PasswordInput
      {...props}
      dir="ltr"
      visible={visible}
      onVisibilityChange={setVisible}
      visibilityToggleButtonProps={{ 'aria-label': t(visible ? 'signIn.hide' : 'signIn.show'), 'aria-hidden': false, tabIndex: 0 }}
    />
  )
}
