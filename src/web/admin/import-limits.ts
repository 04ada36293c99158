/** What an import may be. The same stands in api/shapes-admin.ts, which the page does not carry; a test holds the two together. */
export const importCharactersMax = 5_000_000
