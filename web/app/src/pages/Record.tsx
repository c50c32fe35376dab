import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Opened } from '../api/types';
import { maybe, t, tn } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { Wide } from '../parts/Grid';
import { Copy, Grade, Source, Sources, Time, Value } from '../parts/Value';
import { num, size } from '../text/number';
import { bytesOf, textOf } from '../text/bytes';

const maxRaw = 32 << 10;

// RecordPage is one record as it came: what it says, and the raw line, masked.
export function RecordPage({ at }: { at: Record<string, string> }) {
  const id = at['id'] ?? '';
  const record = useResource((signal) => ask<Opened>(`/records/${seg(id)}`, { signal }), ['record', id]);
  return (
    <>
      <h1>{t('record.title')}</h1>
      <Block of={record} lines={8} absent={t('record.absent')}>{(r) => <Body r={r} />}</Block>
    </>
  );
}

function Body({ r }: { r: Opened }) {
  const raw = r.raw ? bytesOf(r.raw) : undefined;
  return (
    <>
      <p class="verdict"><Source name={r.source} /> · {t('record.arrived')} <Time at={r.arrived} /> · <Grade of={r.marking} /> {r.parts > 1 && tn('record.parts', r.parts)}</p>
      {r.note && <p class="warn"><bdi>{r.note}</bdi></p>}
      {r.sensor && <p class="quiet">{t('record.sensor')} <code>{r.sensor}</code></p>}
      {r.observations?.length ? (
        <Wide label={t('record.values')}>
          <table>
            <thead><tr><th>{t('col.value')}</th><th>{t('col.role')}</th><th>{t('col.first')}</th><th>{t('col.last')}</th><th class="n">{t('col.count')}</th></tr></thead>
            <tbody>
              {r.observations.map((o, i) => (
                <tr key={i} data-row><td><Value of={o.observable} /></td><td>{o.role ? maybe('role', o.role) : ''}</td><td><Time at={o.first} /></td><td><Time at={o.last ?? o.first} /></td><td class="n">{num(o.count || 1)}</td></tr>
              ))}
            </tbody>
          </table>
        </Wide>
      ) : null}
      {r.others?.length ? (
        <p>{t('record.others')} {r.others.slice(0, 8).map((o) => <><Value key={o.observable.value} of={o.observable} /> <Sources names={o.sources} most={3} /> </>)}</p>
      ) : null}
      {r.annotations?.map((n, i) => (
        <figure class="quote" key={i}>
          <figcaption><Value of={n.subject} /> → <Value of={n.tag} /> {n.confidence ? `${n.confidence} %` : ''} <span class="quiet"><Time at={n.time} /></span></figcaption>
          {n.sentence && <blockquote><bdi>{n.sentence}</bdi></blockquote>}
        </figure>
      ))}
      {r.documents?.map((d) => <p key={d.id}><b><bdi>{d.title}</bdi></b> <span class="quiet"><Time at={d.date} /> {d.language}</span></p>)}
      {r.attrs?.length ? (
        <table class="attrs"><tbody>{r.attrs.map((a, i) => <tr key={i}><th scope="row"><bdi>{a.name}</bdi></th><td><code>{a.value}</code></td></tr>)}</tbody></table>
      ) : null}
      {raw && (
        <Panel class="inner" title={t('record.raw')} note={<Copy text={textOf(raw)}>{t('record.copy')}</Copy>}>
          <pre tabIndex={0}>{textOf(raw.slice(0, maxRaw))}</pre>
          {raw.length > maxRaw && <p class="quiet">{t('record.rawcut', { n: size(raw.length - maxRaw) })}</p>}
        </Panel>
      )}
    </>
  );
}
