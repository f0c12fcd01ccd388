import { lstat, mkdtemp, readlink, rm, stat, symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Fault } from '../../fault/fault.ts';

/** Where clients look for the daemon, in the data directory: a socket, or a link to one. */
const NAME = 'daemon.sock';

/** What a socket is called where the data directory's own path is too long for one. */
const SHORT_NAME = 's';
const SHORT_FOLDER = 'tidemark-';

/** Longest path of a Unix domain socket in bytes: sun_path holds 104 on macOS and 108 on Linux, with the closing zero. */
const LONGEST_PATH = 103;

/** Where a daemon of this data directory listens, if there was one: it may be dead. Throws a Fault `store/daemon-foreign`. */
export async function findSocket(dataDir: string): Promise<string | undefined> {
  const path = await targetOf(dataDir);
  if (path === undefined) return undefined;
  try {
    const [socket, directory] = await Promise.all([stat(path), stat(dataDir)]);
    if (!socket.isSocket()) return undefined;
    // Who owns neither the directory nor this process nor the machine has put it there to be told things.
    const trusted = [directory.uid, process.geteuid?.(), 0];
    if (!trusted.includes(socket.uid))
      throw new Fault(
        'store/daemon-foreign',
        `the socket ${path} belongs to another user (uid ${socket.uid})`,
        'See who put it there, and keep others from writing to the data directory: chmod 700.',
        { file: path },
      );
    return path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether somebody listens on a socket. Throws a Fault `store/daemon-denied` when one may not know. */
export async function isListening(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EACCES' || error.code === 'EPERM') reject(deniedFault(path, error));
      // EAGAIN: somebody does, and has more callers than it can take right now.
      else resolve(error.code === 'EAGAIN');
    });
  });
}

/** Another user's daemon. */
export function deniedFault(path: string, cause: unknown): Fault {
  return new Fault(
    'store/daemon-denied',
    `the history is open in a daemon of another user (${path})`,
    'Run the command as the user that the daemon runs as, or as root.',
    { file: path },
    { cause },
  );
}

/**
 * Finds a free place for the socket of this data directory and leads clients there. To be called by the owner of the
 * directory alone. `wanted`: another place than the data directory. Throws a Fault `store/socket-…`.
 */
export async function takePlace(dataDir: string, wanted: string | undefined): Promise<string> {
  const own = join(dataDir, NAME);
  const { mode } = await stat(dataDir);
  if ((mode & 0o022) !== 0)
    throw new Fault(
      'store/socket-open-directory',
      `others may write to the data directory ${dataDir}, and could put their socket in the place of ours`,
      `Keep it to its owner: chmod 700 ${dataDir}`,
      { file: dataDir },
    );
  if (wanted !== undefined && Buffer.byteLength(wanted) > LONGEST_PATH)
    throw new Fault(
      'store/socket-path',
      `the path of the socket is longer than ${LONGEST_PATH} bytes: ${wanted}`,
      'Name a shorter one in serve.socket.',
      { file: wanted },
    );
  await forgetSocket(dataDir);
  const isShort = Buffer.byteLength(own) <= LONGEST_PATH;
  const path = wanted ?? (isShort ? own : join(await mkdtemp(join(tmpdir(), SHORT_FOLDER)), SHORT_NAME));
  if (path === own) return own;
  if (await isListening(path))
    throw new Fault(
      'store/socket-taken',
      `another daemon listens on ${path}`,
      'Give each data directory a socket of its own in serve.socket.',
      { file: path },
    );
  await rm(path, { force: true });
  await symlink(path, own);
  return path;
}

/** Removes what a dead daemon left. To be called by the owner of the data directory alone: nobody else may know that it is dead. */
export async function forgetSocket(dataDir: string): Promise<void> {
  const path = await targetOf(dataDir);
  if (path !== undefined && path !== join(dataDir, NAME)) {
    const entry = await lstat(path).catch(() => undefined);
    if (entry?.isSocket() === true && !(await isListening(path).catch(() => true))) await leavePlace(path);
  }
  await hidePlace(dataDir);
}

/** Leads no more clients to the socket. */
export async function hidePlace(dataDir: string): Promise<void> {
  await rm(join(dataDir, NAME), { force: true });
}

/** Removes a socket on which nobody listens any more, and the folder that was made for it. */
export async function leavePlace(path: string): Promise<void> {
  await rm(path, { force: true });
  const folder = dirname(path);
  if (folder.startsWith(join(tmpdir(), SHORT_FOLDER)) && path.endsWith(`/${SHORT_NAME}`))
    await rm(folder, { recursive: true, force: true });
}

async function targetOf(dataDir: string): Promise<string | undefined> {
  const own = join(dataDir, NAME);
  try {
    return (await lstat(own)).isSymbolicLink() ? await readlink(own) : own;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined;
    throw error;
  }
}
