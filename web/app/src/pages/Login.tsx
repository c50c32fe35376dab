import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { Choices } from '../parts/Frame';
import { go, place } from '../state/router';
import { safe } from '../state/safe';

// Login takes a key. The hub answers with a cookie that scripts cannot read.
export function Login({ onDone }: { onDone: () => void }) {
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (e: SubmitEvent) => {
    e.preventDefault();
    const key = new FormData(e.currentTarget as HTMLFormElement).get('key');
    setBusy(true);
    setWrong('');
    try {
      const response = await fetch('/login', {
        method: 'POST', credentials: 'same-origin', headers: { Accept: 'application/json' },
        body: new URLSearchParams({ key: String(key ?? '') }),
      });
      if (response.ok) {
        if (place.value.path === '/login') go(safe(place.value.query.get('next')), 'replace');
        onDone();
        return;
      }
      setWrong(response.status === 401 ? t('login.wrong') : response.status === 429 ? t('trouble.limited') : t('trouble.unavailable'));
    } catch {
      setWrong(t('trouble.offline'));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main id="main" class="login">
      <div class="login-art" aria-hidden="true"><i /><i /><i /><i /><i /></div>
      <form onSubmit={(e) => void submit(e)}>
        <h1>OpenCURE</h1>
        <p class="quiet">{t('login.what')}</p>
        <label for="key">{t('login.key')}</label>
        <input id="key" name="key" type="password" required autocomplete="current-password" spellcheck={false} autofocus placeholder="cure_…" />
        {(wrong || place.value.query.has('stale')) && <p class="warn" role="alert">{wrong || t('login.stale')}</p>}
        <button disabled={busy}>{t('login.go')}</button>
        <p class="quiet small">{t('login.where')} <code>cure key create</code></p>
        <Choices />
      </form>
    </main>
  );
}
