import { useEffect, useMemo, useState } from 'preact/hooks';
import { ask, seg } from '../api/client';
import { useResource, type Resource } from '../api/resource';
import type { Answer, Evidence, Kind, Observable, Results, Timeline } from '../api/types';
import { maybe, t, tn } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { Decide, Decisions, mayDecide, Overruled } from '../parts/Decide';
import { Family } from './Malware';
import { MalwareCardOf } from '../parts/MalwareCard';
import { Flaw } from '../parts/Flaw';
import { bins } from '../parts/histogram';
import { Wide } from '../parts/Grid';
import { Series } from '../parts/Series';
import { Stix } from '../parts/Stix';
import { Strips } from '../parts/Strips';
import { Summaries } from '../parts/summaries';
import { NewTicket, type Asked } from '../parts/NewTicket';
import { Ours } from '../parts/Ours';
import { TicketsAbout } from '../parts/TicketList';
import { SimilarTo } from '../parts/Similar';
import { Copy, Grade, Notes, Roles, Source, Sources, Tags, Time, Value, Weight } from '../parts/Value';
import { publisherOf } from '../parts/layer';
import { Reasons } from '../parts/WhyNot';
import { onKey } from '../state/keyboard';
import { go } from '../state/router';
import { defang, show, tagPath } from '../text/defang';
import { num } from '../text/number';
import { parse } from '../text/time';

// Entity is the page of one value: what is known, by whom, since when, with
// what, and why that is worth something.
export function Entity({ at }: { at: Record<string, string> }) {
  const o: Observable = { kind: at['kind'] as Kind, value: at['value'] ?? '' };
  const path = `/observables/${seg(o.kind)}/${seg(o.value)}`;
  const answer = useResource((signal) => ask<Answer>(path, { signal }), [path]);
  const known = answer.data?.known ?? false;
  const timeline = useResource((signal) => ask<Timeline>(`${path}/timeline`, { query: { limit: 2000 }, signal }), [path, 'timeline'], { when: known });
  const canonical = answer.data?.observable ?? o;
  const [asked, setAsked] = useState<Asked>();
  const [turn, setTurn] = useState(0);
  useEffect(() => onKey('p', () => go(pivotOf(canonical))), [canonical.value]);
  const ticket = (first: Asked['first']) => mayDecide() && setAsked({ of: canonical, page: 'observable', first });
  useEffect(() => {
    const ends = [onKey('n', () => ticket('title')), onKey('#', () => ticket('tag'))];
    return () => ends.forEach((end) => end());
  }, [canonical.value]);
  return (
    <>
      <Head of={canonical} answer={answer} />
      {answer.data && <Decisions of={answer.data.overrides} onChange={answer.reload} />}
      {answer.data && (known ? <Known a={answer.data} timeline={timeline} /> : <Unknown a={answer.data} />)}
      {answer.data && <TicketsAbout of={canonical} turn={turn} onNew={ticket} />}
      {asked && <NewTicket asked={asked} onEnd={() => setAsked(undefined)} onDone={() => (setAsked(undefined), setTurn(turn + 1), answer.reload())} />}
      {answer.data && <Decide target={{ observable: canonical }} onDone={answer.reload} />}
    </>
  );
}

const pivotOf = (o: Observable) => `/g?n=${encodeURIComponent(`${o.kind}:${o.value}`)}`;

function Head({ of, answer }: { of: Observable; answer: Resource<Answer> }) {
  const safe = defang(of);
  return (
    <>
      <div class="entity-head">
        <p class="kind">{maybe('kind', of.kind)}</p>
        <h1><bdi>{show(of)}</bdi></h1>
        <p class="tools">
          <Copy text={safe} title={t('entity.copy.safe')}>{t('entity.copy.safe')}</Copy>
          <Copy text={of.value} title={t('entity.copy.raw')}>{t('entity.copy.raw')}</Copy>
          <Copy text={location.href}>{t('entity.copy.link')}</Copy>
          <Stix of={{ observable: `${of.kind}:${of.value}` }} name="cure-value" />
          <a href={pivotOf(of)}>{t('nav.pivot')} <kbd aria-hidden="true">p</kbd></a>
        </p>
      </div>
      <Block of={answer} lines={4} class="bare">{(a) => <Verdict a={a} />}</Block>
    </>
  );
}

function Verdict({ a }: { a: Answer }) {
  if (!a.known) {
    return <p class="verdict unknown"><b>{t('entity.unseen')}</b> {a.miss?.since && <>{t('entity.since')} <Time at={a.miss.since} />.</>} <bdi>{a.miss?.why}</bdi></p>;
  }
  const publishers = new Set((a.sources ?? []).map(publisherOf));
  return (
    <div class="verdict">
      <p>
        <b>{tn('entity.known', a.sources?.length ?? 0)}</b> {tn('entity.of', publishers.size)}{a.roles?.some((r) => r !== 'unknown') && <>{t('entity.as')} <b><Roles of={a.roles} /></b></>}
        {a.count ? <> · {tn('entity.times', a.count)}</> : null}
      </p>
      <p class="quiet"><Time at={a.first} /> – <Time at={a.last} /> · <Time at={a.last} far /></p>
      <p><Tags of={a.tags} most={12} /> <Notes of={a.notes} most={8} /></p>
      {a.names?.names && a.names.names.length > 1 && <p>{t('entity.names')} {a.names.names.map((n) => <a key={n.tag.value} class="chip tag" lang={n.language} href={tagPath(n.tag.value)}><bdi>{n.tag.value}</bdi></a>)}</p>}
      {a.conflicts?.map((c) => (
        <p key={c.about} class="warn">{t('entity.conflict', { about: c.about })} {(c.claims ?? []).map((p) => `${p.says} (${[...(p.sources ?? []), ...(p.people ?? [])].join(', ')})`).join(' / ')}</p>
      ))}
    </div>
  );
}

function Unknown({ a }: { a: Answer }) {
  const near = a.miss?.near ?? [];
  return (
    <>
      <Panel title={t('why.title')}><Reasons of={a.observable} /></Panel>
      <Panel title={t('entity.near')}>
        {near.length ? <Summaries of={near} label={t('entity.near')} /> : <p class="void">{t('entity.near.none')}</p>}
      </Panel>
    </>
  );
}

function Known({ a, timeline }: { a: Answer; timeline: Resource<Timeline> }) {
  const histogram = useMemo(() => bins((timeline.data?.sightings ?? []).map((s) => parse(s.first)).filter((ms) => ms !== undefined), 90), [timeline.data]);
  const isTag = a.observable.kind === 'tag' || a.observable.kind === 'cve';
  return (
    <div class="entity">
      <Block
        title={t('entity.timeline')} of={timeline} lines={4}
        note={timeline.data?.more ? <span class="quiet">{t('entity.timeline.more')}</span> : null}
        empty={(d) => (d.sightings?.length ? null : <p>{t('entity.timeline.none')}</p>)}
      >
        {(d) => (
          <>
            {histogram.at.length > 2 && <Series {...histogram} label={t('entity.histogram')} height={80} />}
            <Strips answer={a} sightings={d.sightings ?? []} />
          </>
        )}
      </Block>
      {a.observable.kind === 'hash' && <Family sha={a.observable.value} />}
      {a.observable.kind === 'hash' && <MalwareCardOf of={a.observable.value} />}
      {a.observable.kind === 'cve' && <Flaw cve={a.observable.value} />}
      {isTag && <Tagged tag={a.observable.value} />}
      <Ours of={a.observable} />
      <Sights a={a} />
      <Links a={a} />
      <Meaning a={a} />
      <Reached a={a} />
      <Enriched a={a} />
      {a.observable.kind === 'ip' && <SimilarTo of={a.observable} />}
      <Related a={a} />
      {a.covering?.length ? <Panel title={t('entity.covering')}><Summaries of={a.covering} label={t('entity.covering')} /></Panel> : null}
      <Recent a={a} />
    </div>
  );
}

function Tagged({ tag }: { tag: string }) {
  const tied = useResource((signal) => ask<Results>(`/tags/${seg(tag)}`, { query: { limit: 1000 }, signal }), ['tagged', tag]);
  return (
    <Block
      title={t('entity.tagged')} of={tied} absent={t('entity.tagged.none')} empty={(r) => (r.values?.length ? null : <p>{t('entity.tagged.none')}</p>)}
      note={<a class="more" href={`/q?q=${encodeURIComponent(`tag:"${tag.replaceAll('"', '')}"`)}`}>{t('entity.tagged.all')}</a>}
    >
      {(r) => <Summaries of={r.values ?? []} label={t('entity.tagged')} height={360} />}
    </Block>
  );
}

function Sights({ a }: { a: Answer }) {
  if (!a.sights?.length) return null;
  return (
    <Panel title={t('entity.sights')}>
      <Wide label={t('entity.sights')}>
        <table>
          <thead><tr><th>{t('col.source')}</th><th>{t('col.role')}</th><th>{t('col.first')}</th><th>{t('col.last')}</th><th class="n">{t('col.count')}</th><th>{t('col.grade')}</th></tr></thead>
          <tbody>
            {a.sights.map((s) => (
              <tr key={s.source + s.marking.tlp + s.marking.orgs}>
                <td><Source name={s.source} /></td>
                <td><Roles of={s.roles} /> {s.ended ? <span class="chip">{t('entity.ended')}</span> : s.listed ? <span class="chip">{t('entity.listed')}</span> : null}</td>
                <td><Time at={s.first} /></td><td><Time at={s.last} /></td><td class="n">{num(s.count)}</td><td><Grade of={s.marking} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </Panel>
  );
}

function Links({ a }: { a: Answer }) {
  if (!a.links?.length) return null;
  const line = (l: NonNullable<Answer['links']>[number]) => (
    <li key={l.a + l.b}>
      <span class="feed-line"><Source name={l.a} /> <span class="quiet">{t('now.and')}</span> <Source name={l.b} /><span class="right"><Weight of={l.weight} why={l.why} /></span></span>
      <span class="quiet">{l.common && <span class="chip">{t('link.common')}</span>} <bdi>{l.why}</bdi></span>
    </li>
  );
  return (
    <Panel title={t('entity.links')} note={<span class="quiet">{t('entity.links.note')}</span>}>
      <ol class="feed">{a.links.slice(0, 6).map(line)}</ol>
      {a.links.length > 6 && <details><summary>{tn('entity.weaker', a.links.length - 6)}</summary><ol class="feed">{a.links.slice(6).map(line)}</ol></details>}
      {a.links_cut ? <p class="quiet">{t('entity.cut', { n: num(a.links_cut) })}</p> : null}
    </Panel>
  );
}

function Meaning({ a }: { a: Answer }) {
  if (!a.tied?.length) return <Panel title={t('entity.meaning')}><p class="void">{t('entity.meaning.none')}</p></Panel>;
  return (
    <Panel title={t('entity.meaning')}>
      <Wide label={t('entity.meaning')}>
        <table>
          <thead><tr><th>{t('col.tag')}</th><th>{t('col.sources')}</th><th class="n">{t('col.confidence')}</th><th>{t('col.last')}</th><th>{t('col.evidence')}</th></tr></thead>
          <tbody>
            {a.tied.map((tag) => (
              <tr key={tag.tag.value} data-row class={tag.overruled ? 'overruled' : ''}>
                <td><Value of={tag.tag} /></td>
                <td><Sources names={tag.sources} /></td>
                <td class="n">{tag.confidence ? `${tag.confidence} %` : <span class="quiet">{t('entity.unstated')}</span>}</td>
                <td><Time at={tag.last} /></td>
                <td>
                  {tag.evidence?.some((e) => e.sentence) ? <Quotes of={tag.evidence} /> : (tag.records ?? []).map((r, i) => <><a key={r} href={`/r/${seg(r)}`}>{t('entity.record', { n: i + 1 })}</a> </>)}
                  {tag.overruled && <Overruled of={tag.overruled} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {a.tied_cut ? <p class="quiet">{t('entity.cut', { n: num(a.tied_cut) })}</p> : null}
    </Panel>
  );
}

// Quotes are the sentences a tag comes from.
function Quotes({ of }: { of: Evidence[] }) {
  return (
    <>
      {of.filter((e) => e.sentence).slice(0, 3).map((e, i) => (
        <blockquote key={i} class="quote">
          <bdi>{e.sentence}</bdi>
          <footer class="quiet small"><bdi>{e.title}</bdi> <Source name={e.source} /> {e.record && <a href={`/r/${seg(e.record)}`}>{t('entity.open')}</a>}</footer>
        </blockquote>
      ))}
    </>
  );
}

// Reached are tags that come to the value over a file in the same record.
function Reached({ a }: { a: Answer }) {
  if (!a.reached?.length) return null;
  return (
    <Panel title={t('entity.reached')}>
      <ul class="feed">
        {a.reached.slice(0, 40).map((r, i) => (
          <li key={i} data-row><Value of={r.tag} /> <span class="quiet">{t('entity.via')}</span> <Value of={r.via} /> <Sources names={r.sources} /> {r.record && <a href={`/r/${seg(r.record)}`}>{t('entity.open')}</a>}</li>
        ))}
      </ul>
      {a.reached_cut ? <p class="quiet">{t('entity.cut', { n: num(a.reached_cut) })}</p> : null}
    </Panel>
  );
}

function Enriched({ a }: { a: Answer }) {
  if (!a.notes?.length) return null;
  return (
    <Panel title={t('entity.notes')}>
      <Wide label={t('entity.notes')}>
        <table>
          <thead><tr><th>{t('col.says')}</th><th>{t('col.because')}</th><th>{t('col.who')}</th><th>{t('col.time')}</th><th>{t('col.grade')}</th></tr></thead>
          <tbody>
            {a.notes.map((n, i) => (
              <tr key={i}>
                <td><span class="chip note"><bdi>{n.name}</bdi></span> <bdi>{n.value}</bdi> {n.score ? n.score.toFixed(2) : ''}</td>
                <td><bdi>{n.why}</bdi></td>
                <td><Source name={n.source} /> <span class="quiet">{n.enricher} {n.version}</span></td>
                <td><Time at={n.time} /></td><td><Grade of={n.marking} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </Panel>
  );
}

function Related({ a }: { a: Answer }) {
  const all = a.related ?? [];
  if (!all.length) return null;
  const row = (r: (typeof all)[number]) => (
    <tr key={r.observable.kind + r.observable.value} data-row>
      <td><Value of={r.observable} /></td><td><Sources names={r.sources} /></td><td><Roles of={r.roles} /></td><td><Time at={r.last} /></td>
      <td><Weight of={r.weight} /> {r.common && <span class="chip">{t('link.common')}</span>}</td>
    </tr>
  );
  const table = (rows: typeof all) => (
    <Wide label={t('entity.related')}>
      <table>
        <thead><tr><th>{t('col.value')}</th><th>{t('col.sources')}</th><th>{t('col.role')}</th><th>{t('col.last')}</th><th>{t('link.weight')}</th></tr></thead>
        <tbody>{rows.map(row)}</tbody>
      </table>
    </Wide>
  );
  return (
    <Panel title={t('entity.related')} note={<a class="more" href={pivotOf(a.observable)}>{t('nav.pivot')}</a>}>
      {table(all.slice(0, 12))}
      {all.length > 12 && <details><summary>{tn('entity.others', all.length - 12)}</summary>{table(all.slice(12))}</details>}
      {a.related_cut ? <p class="quiet">{t('entity.cut', { n: num(a.related_cut) })}</p> : null}
    </Panel>
  );
}

function Recent({ a }: { a: Answer }) {
  if (!a.recent?.length) return null;
  return (
    <Panel title={t('entity.recent')}>
      <Wide label={t('entity.recent')}>
        <table>
          <thead><tr><th>{t('col.time')}</th><th>{t('col.source')}</th><th>{t('col.role')}</th><th class="n">{t('col.count')}</th><th>{t('col.grade')}</th><th>{t('col.record')}</th></tr></thead>
          <tbody>
            {a.recent.map((s, i) => (
              <tr key={i} data-row>
                <td><Time at={s.first} /></td><td><Source name={s.source} /></td>
                <td>{s.role && s.role !== 'unknown' ? maybe('role', s.role) : ''} {s.state && s.state !== 'seen' && <span class="chip">{s.state}</span>}</td>
                <td class="n">{num(s.count)}</td><td><Grade of={s.marking} /></td>
                <td>{s.record && <a href={`/r/${seg(s.record)}`}>{t('entity.open')}</a>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </Panel>
  );
}
