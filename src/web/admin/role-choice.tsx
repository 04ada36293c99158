/** A role, chosen by what it lets one do. */
import { Radio } from '@mantine/core'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import css from './role-choice.module.css'

type AnyRole = 'admin' | 'reviewer' | 'salesperson' | 'submit'

export interface RoleChoiceProps<Role extends string> {
  readonly label: string
  readonly roles: readonly Role[]
  readonly value: Role
  readonly onChange: (role: Role) => void
}

export function RoleChoice<Role extends AnyRole>(props: RoleChoiceProps<Role>): ReactElement {
  const { t } = useTranslation()
  const { label, roles, value, onChange } = props
  return (
    <Radio.Group label={label} value={value} onChange={(next) => onChange(roles.find((role) => role === next) ?? value)}>
      <div className={css['choices']}>
        {roles.map((role: AnyRole) => (
          <Radio key={role} value={role} label={t(`role.${role}`)} description={t(`admin.roleWords.${role}`)} />
        ))}
      </div>
    </Radio.Group>
  )
}
