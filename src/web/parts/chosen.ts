/** Choices of a field that finds as one types. */

/** What is chosen stands among them, found or not. */
export function withChosen(
  data: readonly { readonly value: string; readonly label: string }[],
  value: string | null,
  label: string | undefined,
): { value: string; label: string }[] {
  const choices = [...data]
  if (value !== null && !choices.some((one) => one.value === value)) choices.unshift({ value, label: label ?? value })
  return choices
}
