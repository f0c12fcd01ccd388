import { useEffect, useState } from 'react';
import { useSignIn } from '../data/session.ts';
import { Button } from '../parts/button.tsx';
import { TextField } from '../parts/field.tsx';
import { wordsOf } from '../parts/standstill.tsx';
import './sign-in.css';

/** Asks for a token. It is sent once and kept nowhere; the browser keeps a cookie that scripts cannot read. */
export function SignIn() {
  const [token, setToken] = useState('');
  const signIn = useSignIn();
  useEffect(() => {
    document.title = 'Sign in · Tidemark';
  }, []);
  return (
    <main className="lonely">
      <form
        className="sign-in"
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate(token.trim());
        }}
      >
        <svg viewBox="0 0 32 32" aria-hidden="true" className="sign-in-mark">
          <path d="M3 11c4.300 0 4.300-4 8.700-4s4.300 4 8.600 4 4.300-4 8.700-4M3 19c4.300 0 4.300-4 8.700-4s4.300 4 8.600 4 4.300-4 8.700-4M3 26h26" />
        </svg>
        <h1>Sign in to Tidemark</h1>
        <p className="quiet">What is open on your network, what changed, and who is looking at it.</p>
        {/* Keepers of passwords file a secret under a name. */}
        <input hidden type="text" autoComplete="username" value="tidemark" readOnly />
        <TextField
          label="Access token"
          type="password"
          autoComplete="current-password"
          required
          value={token}
          onChange={(event) => setToken(event.target.value)}
          aria-invalid={signIn.isError}
          hint={
            <>
              Someone with a shell on the machine makes one:{' '}
              <code>tidemark token create NAME --role analyst</code>
            </>
          }
        />
        <div role="alert">
          {signIn.isError && (
            <p className="sign-in-wrong">
              {wordsOf(signIn.error).message} {wordsOf(signIn.error).fix}
            </p>
          )}
        </div>
        <Button kind="main" type="submit" disabled={signIn.isPending || token.trim() === ''}>
          {signIn.isPending ? 'Signing in …' : 'Sign in'}
        </Button>
      </form>
    </main>
  );
}
