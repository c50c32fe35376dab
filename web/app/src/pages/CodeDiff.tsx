import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { CodeChange, CodeFunction, MalwareDiff, Texts } from '../api/malware';
import { t, tn } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { Value } from '../parts/Value';
import { num, percent } from '../text/number';
import { clusterPath } from './Malware';

// DiffPage says what is new in a sample against the older one most like it:
// first in a sentence, then function by function, side by side.
export function DiffPage({ at }: { at: Record<string, string> }) {
  const sha = at['sha'] ?? '';
  const diff = useResource((signal) => ask<MalwareDiff>(`/malware/samples/${seg(sha)}/diff`, { signal }), ['diff', sha]);
  const d = diff.data;
  return (
    <>
      <p class="kind"><a href="/malware">{t('nav.malware')}</a>{d?.cluster && <> · <a href={clusterPath(d.cluster)}>{t('malware.cluster')}</a></>}</p>
      <h1>{t('malware.new')}</h1>
      <Block of={diff} lines={10} class="bare" absent={t('malware.nodiff')}>{(of) => <Whole of={of} />}</Block>
    </>
  );
}

function Whole({ of: d }: { of: MalwareDiff }) {
  const added = d.added ?? [], removed = d.removed ?? [], changed = d.changed ?? [];
  return (
    <>
      <div class="verdict">
        <p class="sentence"><bdi>{d.sentence}</bdi></p>
        <p><Value of={{ kind: 'hash', value: d.sample }} /></p>
        <p class="quiet">{t('diff.against')} <Value of={{ kind: 'hash', value: d.base }} /> · {t('diff.alike', { n: percent(d.alike) })}</p>
        <Balance same={d.same} library={d.library} added={added.length} removed={removed.length} changed={changed.length} />
      </div>
      <div class="halves">
        <Panel title={tn('diff.removed', removed.length)} class="went"><Functions of={removed} /></Panel>
        <Panel title={tn('diff.added', added.length)} class="came"><Functions of={added} /></Panel>
      </div>
      {changed.length > 0 && (
        <Panel title={tn('diff.changed', changed.length)} note={<span class="quiet">{t('diff.changed.text')}</span>}>
          <ol class="changes">{changed.slice(0, 60).map((c, i) => <Change key={i} of={c} />)}</ol>
          {changed.length > 60 && <p class="quiet">{t('entity.cut', { n: num(changed.length - 60) })}</p>}
        </Panel>
      )}
      <div class="halves texts">
        {(['config', 'strings', 'syscalls', 'consts'] as const).map((name) => <CameAndWent key={name} title={t(`diff.${name}`)} of={d[name]} />)}
      </div>
    </>
  );
}

// Balance draws the parts of the code in one bar.
function Balance({ same, library, added, removed, changed }: { same: number; library: number; added: number; removed: number; changed: number }) {
  const parts: [string, number][] = [['same', same], ['changed', changed], ['added', added], ['removed', removed]];
  const all = Math.max(1, parts.reduce((sum, [, n]) => sum + n, 0));
  return (
    <>
      <div class="balance" aria-hidden="true">{parts.map(([name, n]) => n > 0 && <i key={name} class={name} style={{ width: `${Math.max((100 * n) / all, 0.8)}%` }} />)}</div>
      <p class="small quiet">{t('diff.balance', { same: num(same), changed: num(changed), added: num(added), removed: num(removed), library: num(library) })}</p>
    </>
  );
}

function Functions({ of }: { of: CodeFunction[] }) {
  if (!of.length) return <p class="void">{t('diff.nothing')}</p>;
  return (
    <ul class="feed">
      {of.slice(0, 80).map((f, i) => (
        <li key={i} data-row>
          <Head of={f} />
          <Body of={f} />
        </li>
      ))}
      {of.length > 80 && <li class="quiet">{t('entity.cut', { n: num(of.length - 80) })}</li>}
    </ul>
  );
}

const Head = ({ of: f }: { of: CodeFunction }) => <span class="feed-line"><code><bdi>{f.label}</bdi></code> <span class="quiet small">{f.address} · {tn('diff.instructions', f.instructions)}</span></span>;

function Body({ of: f }: { of: CodeFunction }) {
  const lists: [string, string[] | undefined][] = [[t('diff.syscalls'), f.syscalls], [t('diff.strings'), f.strings], [t('diff.consts'), f.consts], [t('diff.calls'), f.calls], [t('diff.callers'), f.callers]];
  return (
    <>
      {lists.map(([name, list]) => list?.length ? <p key={name} class="small"><span class="quiet">{name}</span> {list.slice(0, 10).map((s, i) => <code key={i}><bdi>{s}</bdi></code>)}{list.length > 10 && <span class="quiet"> +{list.length - 10}</span>}</p> : null)}
      {f.from && <p class="small"><span class="chip note">{t('diff.from')} <bdi>{f.from}</bdi></span></p>}
    </>
  );
}

// Change is one function in both forms, with the runs of instructions that
// differ joined from left to right.
function Change({ of: c }: { of: CodeChange }) {
  return (
    <li data-row class="change">
      <div><Head of={c.before} /><Body of={c.before} /></div>
      <div class="middle" title={c.how}>
        <Ladder of={c} />
        <span class="small"><b class="minus">−{num(c.removed)}</b> <b class="plus">+{num(c.added)}</b></span>
        <span class="small quiet">{percent(c.alike)}</span>
      </div>
      <div><Head of={c.after} /><Body of={c.after} /></div>
      {c.hunks?.length ? (
        <details class="hunks">
          <summary>{tn('diff.hunks', c.hunks.length)}</summary>
          <p class="quiet small">{t('diff.classes')}</p>
          <table><tbody>{c.hunks.slice(0, 40).map((h, i) => <tr key={i}><td class="n quiet">{h.before}</td><td class="minus"><code>{(h.removed ?? []).join(' ')}</code></td><td class="n quiet">{h.after}</td><td class="plus"><code>{(h.added ?? []).join(' ')}</code></td></tr>)}</tbody></table>
        </details>
      ) : null}
    </li>
  );
}

// Ladder draws both functions as columns and what differs between them.
function Ladder({ of: c }: { of: CodeChange }) {
  const H = 90, most = Math.max(c.before.instructions, c.after.instructions, 1);
  const y = (n: number) => (H * n) / most;
  return (
    <svg class="ladder" viewBox={`0 0 90 ${H}`} role="img" aria-label={t('diff.ladder', { removed: c.removed, added: c.added })}>
      <rect class="column" x="8" y="0" width="14" height={y(c.before.instructions)} rx="2" /><rect class="column" x="68" y="0" width="14" height={y(c.after.instructions)} rx="2" />
      {(c.hunks ?? []).map((h, i) => {
        const a = y(h.before), b = Math.max(y(h.before + (h.removed?.length ?? 0)), a + 0.8), from = y(h.after), to = Math.max(y(h.after + (h.added?.length ?? 0)), from + 0.8);
        return (
          <g key={i}>
            <path class="joint" d={`M22 ${a}L68 ${from}V${to}L22 ${b}Z`} />
            <rect class="minus" x="8" y={a} width="14" height={b - a} /><rect class="plus" x="68" y={from} width="14" height={to - from} />
          </g>
        );
      })}
    </svg>
  );
}

function CameAndWent({ title, of }: { title: string; of: Texts | undefined }) {
  const added = of?.added ?? [], removed = of?.removed ?? [];
  if (!added.length && !removed.length) return null;
  return (
    <Panel title={title}>
      <ul class="diff-texts" tabIndex={0}>
        {removed.slice(0, 60).map((s, i) => <li key={`-${i}`} class="minus"><bdi>− {s}</bdi></li>)}
        {added.slice(0, 60).map((s, i) => <li key={`+${i}`} class="plus"><bdi>+ {s}</bdi></li>)}
      </ul>
      {(of?.cut ?? 0) + Math.max(added.length - 60, 0) + Math.max(removed.length - 60, 0) > 0 && <p class="quiet">{t('entity.cut', { n: num((of?.cut ?? 0) + Math.max(added.length - 60, 0) + Math.max(removed.length - 60, 0)) })}</p>}
    </Panel>
  );
}
