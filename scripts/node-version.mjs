/**
 * Imported first by every script: says in words that Node is too old, before something newer than it
 * fails without them. Written so that old versions of Node can read it.
 */
const OLDEST = [20, 19];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  console.error(`tidemark needs Node ${OLDEST.join('.')} or newer; this is Node ${process.versions.node}.`);
  console.error(
    'fix: Install a newer Node (https://nodejs.org, or your package manager), then run this again.',
  );
  process.exit(2);
}
