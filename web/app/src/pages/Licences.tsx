import { useResource } from '../api/resource';
import { t } from '../i18n';
import { Block } from '../parts/Block';
import { ApiError } from '../api/client';

interface Licence { name: string; version: string; licence: string; text: string }

// Licences lists the packages of others that these pages are built with.
export function Licences() {
  const all = useResource(async (signal) => {
    const response = await fetch('/static/app/licences.json', { signal });
    if (!response.ok) throw new ApiError('absent', '');
    return (await response.json()) as Licence[];
  }, ['licences']);
  return (
    <>
      <h1>{t('frame.licences')}</h1>
      <p class="quiet">{t('licences.text')}</p>
      <Block of={all} lines={6} absent={t('licences.absent')}>
        {(list) => (
          <ul class="feed">
            {list.map((l) => (
              <li key={l.name} data-row>
                <details><summary><b>{l.name}</b> {l.version} · {l.licence}</summary><pre tabIndex={0}>{l.text}</pre></details>
              </li>
            ))}
          </ul>
        )}
      </Block>
    </>
  );
}
