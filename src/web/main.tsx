import './style/main.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { onKey } from './parts/keys.ts';
import { applyPreferences } from './shell/preferences.ts';

applyPreferences();
document.addEventListener('keydown', onKey);
const place = document.querySelector('#app');
if (place !== null)
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
