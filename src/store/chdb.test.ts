import { expect, test } from 'vitest';
import { platformReason } from './chdb.ts';

test.each([
  { platform: 'linux', arch: 'x64', musl: false, want: undefined },
  { platform: 'linux', arch: 'arm64', musl: false, want: undefined },
  { platform: 'darwin', arch: 'arm64', musl: false, want: undefined },
  { platform: 'linux', arch: 'x64', musl: true, want: expect.stringContaining('musl') },
  { platform: 'win32', arch: 'x64', musl: false, want: expect.stringContaining('Windows') },
  { platform: 'linux', arch: 'riscv64', musl: false, want: expect.stringContaining('riscv64') },
  { platform: 'freebsd', arch: 'x64', musl: false, want: expect.stringContaining('freebsd') },
])('an engine for $platform $arch, musl $musl', ({ platform, arch, musl, want }) => {
  expect(platformReason(platform, arch, musl)).toEqual(want);
});
