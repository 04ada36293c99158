export { admin } from './admin-en.ts'
