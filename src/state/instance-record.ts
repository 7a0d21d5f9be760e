/** The persisted record of one box, and its check: by hand, since every start reads it and a schema library costs start-up. */

/** One record of instances.json. */
export interface InstanceRecord {
  /** Configuration of the box. Here only known to be an object; config/schema.ts decides what it means. */
  readonly config: Readonly<Record<string, unknown>>;
  /** ISO 8601. */
  readonly created_at: string;
  /** ISO 8601. */
  readonly last_used: string;
  /** Uid of the user that made the box. */
  readonly owner_uid?: number;
  /** The caller chose the uid of the box, so others may have it at the same time; missing in records of earlier versions. */
  readonly uid_given?: boolean;
  /** We made the working directory, so we may remove it. */
  readonly workdir_created?: boolean;
  /** Uid and gid that the working directory had before it was given to the box; null: it was not changed. */
  readonly workdir_owner?: readonly [uid: number, gid: number] | null;
}

/** What is wrong with a record, and in which field (null: the record itself). */
export interface RecordFault {
  readonly field: string | null;
  readonly message: string;
}

const isoTime = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$/;

const isTime = (value: unknown): boolean => typeof value === "string" && isoTime.test(value) && !Number.isNaN(Date.parse(value));
const isId = (value: unknown): boolean => typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
const isPlainObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

interface FieldRule {
  readonly required: boolean;
  readonly holds: (value: unknown) => boolean;
  readonly message: string;
}

// Without a prototype, so that a field called "constructor" is as unknown as any other.
const rules: Readonly<Record<string, FieldRule>> = Object.assign(Object.create(null), {
  config: { required: true, holds: isPlainObject, message: "must be an object" },
  created_at: { required: true, holds: isTime, message: "must be a time like 2026-01-31T12:00:00.000Z" },
  last_used: { required: true, holds: isTime, message: "must be a time like 2026-01-31T12:00:00.000Z" },
  owner_uid: { required: false, holds: isId, message: "must be a uid" },
  uid_given: { required: false, holds: (value: unknown) => typeof value === "boolean", message: "must be true or false" },
  workdir_created: { required: false, holds: (value: unknown) => typeof value === "boolean", message: "must be true or false" },
  workdir_owner: {
    required: false,
    holds: (value: unknown) => value === null || (Array.isArray(value) && value.length === 2 && value.every(isId)),
    message: "must be [uid, gid] or null",
  },
} satisfies Record<keyof InstanceRecord, FieldRule>);

/** The first fault of what should be a record, or null when it is one (then it may be taken for an InstanceRecord). */
export function faultOfRecord(value: unknown): RecordFault | null {
  if (!isPlainObject(value)) return { field: null, message: "must be an object" };
  const fields = value as Readonly<Record<string, unknown>>;
  for (const field of Object.keys(fields)) {
    const rule = rules[field];
    if (rule === undefined) return { field, message: "unknown field" };
    if (!rule.holds(fields[field])) return { field, message: rule.message };
  }
  for (const [field, rule] of Object.entries(rules)) {
    if (rule.required && !Object.hasOwn(fields, field)) return { field: null, message: `${field} is missing` };
  }
  return null;
}
