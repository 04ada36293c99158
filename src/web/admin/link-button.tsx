/** A button that leads to another page. */
import { Button, type ButtonProps } from '@mantine/core'
import { createLink, type LinkComponent } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, ReactElement, Ref } from 'react'

interface AnchorButtonProps extends ButtonProps, Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps> {
  readonly ref?: Ref<HTMLAnchorElement>
}

function AnchorButton(props: AnchorButtonProps): ReactElement {
  return <Button component="a" {...props} />
}

const Created = createLink(AnchorButton)

export const LinkButton: LinkComponent<typeof AnchorButton> = (props) => <Created preload="intent" {...props} />
