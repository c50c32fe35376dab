import { useState } from 'preact/hooks';
import { file } from '../api/client';
import { t } from '../i18n';
import { save } from './save';

// Stix saves what is known of values, a case or a campaign as a STIX 2.1
// bundle, with the rights and markings of whoever looks.
export function Stix({ of, name }: { of: Record<string, string>; name: string }) {
  const [state, setState] = useState<'' | 'busy' | string>('');
  return (
    <>
      <button
        type="button" class="plain stix" disabled={state === 'busy'} title={t('stix.title')}
        onClick={() => {
          setState('busy');
          file('/export', { query: { format: 'stix', ...of } }).then((b) => (save(b, `${name}.stix.json`), setState('')), (e: Error) => setState(e.message));
        }}
      >
        STIX
      </button>
      {state && state !== 'busy' && <span class="warn small" role="alert"><bdi>{state}</bdi></span>}
    </>
  );
}
