/** What a reference is looked up in. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Contents of a file as text; throws when it cannot be read. */
  readonly readFile: (path: string) => string;
}

/** The text with its references replaced, or why that is not possible. */
export type Interpolated =
  | { readonly ok: true; readonly text: string; readonly replaced: boolean }
  | { readonly ok: false; readonly message: string; readonly fix: string };

/** `$${` is a literal `${`; otherwise a reference runs to the next `}`. */
const REFERENCE = /\$\$\{|\$\{([^}]*)(\})?/g;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;

/**
 * Replaces `${NAME}`, `${NAME:-default}` (when unset or empty) and `${file:/path}` in one string.
 * Works on a string that was already parsed, never on YAML text, and never looks twice at what it
 * put in: a value from outside can neither add keys nor pull in further values.
 */
export function interpolate(text: string, sources: Sources): Interpolated {
  let failure: { message: string; fix: string } | undefined;
  let replaced = false;
  const result = text.replaceAll(REFERENCE, (match, body: string | undefined, close: string | undefined) => {
    replaced = true;
    if (match === '$${') return '${';
    const found = resolve(body ?? '', close !== undefined, sources);
    if ('value' in found) return found.value;
    failure ??= found;
    return '';
  });
  return failure === undefined ? { ok: true, text: result, replaced } : { ok: false, ...failure };
}

function resolve(
  body: string,
  closed: boolean,
  sources: Sources,
): { value: string } | { message: string; fix: string } {
  if (!closed) {
    return {
      message: 'a reference that begins with "${" has no "}"',
      fix: 'Close it, or write "$${" for a literal "${".',
    };
  }
  if (body.startsWith('file:')) {
    const path = body.slice('file:'.length);
    try {
      // Files made with an editor or `echo` end in a newline that is no part of the secret.
      return { value: sources.readFile(path).replace(/\r?\n$/, '') };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      return {
        message: `the file of a \${file:…} reference cannot be read: ${reason}`,
        fix: 'Create the file, make it readable for this user, or correct the path.',
      };
    }
  }
  const [, name, fallback] = VARIABLE.exec(body) ?? [];
  if (name === undefined) {
    return {
      message: 'what stands between "${" and "}" is not a reference',
      fix: 'Write ${NAME}, ${NAME:-default} or ${file:/path}; "$${" gives a literal "${".',
    };
  }
  const value = sources.env[name];
  if (value !== undefined && (value !== '' || fallback === undefined)) return { value };
  if (fallback !== undefined) return { value: fallback };
  return {
    message: `environment variable ${name} is not set`,
    fix: `Set ${name}, or give a default: \${${name}:-value}.`,
  };
}
