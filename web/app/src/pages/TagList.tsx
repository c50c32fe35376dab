import { useMemo, useState } from 'preact/hooks';
import { ask } from '../api/client';
import { useResource } from '../api/resource';
import type { Results, Summary } from '../api/types';
import { t, tn } from '../i18n';
import { Block } from '../parts/Block';
import { Sources, Time } from '../parts/Value';
import { fold } from '../text/fold';
import { tagPath } from '../text/defang';
import { groupTags, tacticsOf, tacticOrder } from './tags';

// TagList is what the hub calls things: malware, groups, techniques, flaws.
export function TagList() {
  const found = useResource((signal) => ask<Results>('/search', { query: { q: 'kind:tag or kind:cve', limit: 5000 }, signal }), ['tags']);
  const [filter, setFilter] = useState('');
  const all = found.data?.values ?? [];
  const shown = useMemo(() => (filter ? all.filter((s) => fold(s.observable.value).includes(fold(filter))) : all), [all, filter]);
  return (
    <>
      <h1>{t('nav.tags')}</h1>
      <p class="quiet">{t('tags.text')}</p>
      <Block of={found} lines={8} empty={() => (all.length ? null : <p>{t('tags.empty')}</p>)}>
        {() => (
          <>
            <p><label>{t('tags.filter')} <input type="search" class="inline" value={filter} onInput={(e) => setFilter(e.currentTarget.value)} placeholder="カゲロウ, mirai, T1110" /></label></p>
            <Techniques of={shown} />
            {groupTags(shown).map(([group, tags]) => (
              <section key={group} class="taggroup">
                <h2>{group || t('tags.other')} <span class="quiet">{tags.length}</span></h2>
                <ul class="tagcloud">
                  {tags.slice(0, 300).map((s) => <li key={s.observable.value} data-row><TagCard of={s} /></li>)}
                </ul>
              </section>
            ))}
          </>
        )}
      </Block>
    </>
  );
}

function TagCard({ of: s }: { of: Summary }) {
  const name = s.observable.value.replace(/^[a-z-]+:/, '');
  return (
    <a class="tagcard" href={tagPath(s.observable.value)}>
      <b><bdi>{name}</bdi></b>
      <Sources names={s.sources} most={3} />
      <span class="quiet"><Time at={s.last} far /></span>
    </a>
  );
}

// Techniques is the matrix of ATT&CK techniques that the hub has seen, under
// their tactics as far as a source named them.
function Techniques({ of }: { of: Summary[] }) {
  const columns = tacticsOf(of);
  if (columns.size === 0) return null;
  const most = Math.max(1, ...[...columns.values()].flat().map((s) => s.count ?? s.sources?.length ?? 1));
  return (
    <section>
      <h2>ATT&amp;CK <span class="quiet">{tn('tags.techniques', [...columns.values()].flat().length)}</span></h2>
      <div class="wide" tabIndex={0} role="region" aria-label="ATT&CK">
        <div class="attack">
          {tacticOrder.filter((tactic) => columns.has(tactic)).map((tactic) => (
            <div key={tactic} class="attack-column">
              <h3>{tactic === '' ? t('tags.notactic') : tactic}</h3>
              {columns.get(tactic)!.map((s) => (
                <a
                  key={s.observable.value} data-row href={tagPath(s.observable.value)}
                  class={`technique heat${Math.min(9, 1 + Math.floor((8 * Math.log1p(s.count ?? s.sources?.length ?? 1)) / Math.log1p(most)))}`}
                >
                  <bdi>{s.observable.value.replace(/^[a-z-]+:/, '').toUpperCase()}</bdi> <span>{s.count ?? s.sources?.length ?? ''}</span>
                </a>
              ))}
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}
