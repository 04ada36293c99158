/**
 * Prisma's schema engine, offline: compares migrations with schema.prisma. It replays the migrations in a shadow database that the caller
 * hands in (empty, to be thrown away), through adapter-pg with two mends that the engine needs.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg'
import { Pool } from 'pg'

/** The catalog's one-byte type, for which adapter-pg has no mapping. */
const catalogCharOid = 18
const textOid = 25

/** The part of WebAssembly that is used: the types of Node leave it to the DOM's, which we do not load. */
interface Wasm {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: { __wbindgen_start(): void } }
}
const wasm = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly

interface Answer {
  fields?: { dataTypeID: number }[]
}
/** What is mended of adapter-pg: members that its types do not show. */
interface Adapter {
  executeScript?(script: string): Promise<void>
  underlyingDriver?(): Pool
  performIO(query: object): Promise<Answer>
  queryRaw(query: object): Promise<{ columnTypes: number[] }>
  startTransaction?(isolation?: string): Promise<Adapter>
}

/** Sends scripts whole (adapter-pg splits them at every `;`, also inside `$$`), and reports the catalog's "char" as a character. */
function mend<T>(adapter: T): T {
  const mended = adapter as unknown as Adapter
  const driver = mended.underlyingDriver?.bind(mended)
  if (driver !== undefined) mended.executeScript = async (script) => void (await driver().query(script))
  const charColumns = new WeakMap<object, number[]>()
  const performIO = mended.performIO.bind(mended)
  const queryRaw = mended.queryRaw.bind(mended)
  const startTransaction = mended.startTransaction?.bind(mended)
  mended.performIO = async (query) => {
    const answer = await performIO(query)
    const columns: number[] = []
    for (const [index, field] of (answer.fields ?? []).entries()) {
      if (field.dataTypeID !== catalogCharOid) continue
      field.dataTypeID = textOid
      columns.push(index)
    }
    charColumns.set(query, columns)
    return answer
  }
  mended.queryRaw = async (query) => {
    const result = await queryRaw(query)
    for (const index of charColumns.get(query) ?? []) result.columnTypes[index] = ColumnTypeEnum.Character
    return result
  }
  if (startTransaction !== undefined) mended.startTransaction = async (isolation) => mend(await startTransaction(isolation))
  return adapter
}

/** Connections to the shadow database, for both of the engine's uses; the engine itself never closes them. */
class ShadowFactory extends PrismaPg {
  readonly #pool: Pool
  constructor(pool: Pool) {
    super(pool)
    this.#pool = pool
  }
  override async connect() {
    return mend(await super.connect())
  }
  override async connectToShadowDb() {
    return mend(await new PrismaPg(this.#pool).connect())
  }
}

let loaded = false

/** Once in a process: its glue keeps state beside the instance. */
function loadEngine(): void {
  if (loaded) return
  loaded = true
  const file = createRequire(import.meta.url)
    .resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    .replace(/\.js$/, '.wasm')
  const registry = globalThis as unknown as { PRISMA_WASM_PANIC_REGISTRY?: { set_message(message: string): void } }
  registry.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => process.stderr.write(`schema engine: ${message}\n`) }
  const { exports } = new wasm.Instance(new wasm.Module(readFileSync(file)), { './schema_engine_bg.js': engine })
  // oxlint-disable-next-line no-underscore-dangle -- the engine's own names
  engine.__wbg_set_wasm(exports)
  // oxlint-disable-next-line no-underscore-dangle
  exports.__wbindgen_start()
}

function readMigrations(folder: string) {
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const lock = join(folder, 'migration_lock.toml')
  return {
    baseDir: resolve(folder),
    shadowDbInitScript: '',
    lockfile: { path: 'migration_lock.toml', content: existsSync(lock) ? readFileSync(lock, 'utf8') : null },
    migrationDirectories: names.toSorted().map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok' as const, value: readFileSync(join(folder, name, 'migration.sql'), 'utf8') },
      },
    })),
  }
}

/**
 * The SQL that leads from the migrations in `migrationsFolder` to `schema` (the text of schema.prisma); null where they agree.
 * `shadowUrl` is an empty database whose user may make roles. Partial indexes, checks, roles and policies are not Prisma's and stay unseen.
 */
export async function sqlToSchema(options: { schema: string; migrationsFolder: string; shadowUrl: string }): Promise<string | null> {
  loadEngine()
  const { schema, migrationsFolder, shadowUrl } = options
  const migrations = readMigrations(migrationsFolder)
  const pool = new Pool({ connectionString: shadowUrl })
  const factory = bindMigrationAwareSqlAdapterFactory(new ShadowFactory(pool))
  const running = await engine.SchemaEngine.new({ datamodels: [['schema.prisma', schema]] }, () => {}, factory)
  try {
    const result = await running.diff({
      from: migrations.migrationDirectories.length === 0 ? { tag: 'empty' } : { tag: 'migrations', ...migrations },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    })
    return result.exitCode === 2 ? (result.stdout ?? '') : null
  } finally {
    running.free()
    await pool.end()
  }
}
