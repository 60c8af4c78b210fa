// Prints a Parquet file's rows as JSON, read by hyparquet: doubles and integers as text that keeps every bit.
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

const file = await asyncBufferFromFile(process.argv[2])
const metadata = await parquetMetadataAsync(file)
const rows = await parquetReadObjects({
  file,
  metadata,
  compressors,
  // Microseconds as they are stored: a Date would round them.
  parsers: { timestampFromMicroseconds: micros => micros },
})

function bits(number) {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, number)
  return Number.isNaN(number) ? 'NaN' : view.getBigUint64(0).toString(16).padStart(16, '0')
}

function plain(value) {
  if (typeof value === 'number') return bits(value)
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(plain)
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]))
  return value ?? null
}

const columns = parquetSchema(metadata).children.map(child => child.element.name)
const codecs = [...new Set(metadata.row_groups.flatMap(group => group.columns.map(column => column.meta_data.codec)))]
console.log(JSON.stringify({ columns, codecs, rows: rows.map(plain) }))
