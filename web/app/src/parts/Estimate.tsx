import type { Estimate, SeverityEstimate, WeaknessNode } from '../api/types';
import { maybe, t } from '../i18n';
import { num, percent } from '../text/number';
import { Value } from './Value';
import { Wide } from './Grid';

// What the model says of the text of a flaw: always an estimate, with its
// reasons, and beside what publishers say.

export const bands = ['none', 'low', 'medium', 'high', 'critical'] as const;
const limits: Record<string, [number, number]> = { none: [0, 0.05], low: [0.05, 4], medium: [4, 7], high: [7, 9], critical: [9, 10] };

export function Band({ of }: { of: string }) {
  return <span class={`band ${of}`}>{maybe('band', of)}</span>;
}

// Scale draws a severity on the scale of CVSS: the estimate with the span that
// holds 80 of 100 true scores, and under it what publishers say.
export function Scale({ of: s, official = [] }: { of: SeverityEstimate; official?: string[] }) {
  const x = (score: number) => 20 + score * 46;
  const text = t('estimate.scale', { median: s.median.toFixed(1), low: s.low.toFixed(1), high: s.high.toFixed(1) });
  return (
    <svg class="scale" viewBox="0 0 500 74" role="img" aria-label={text}>
      <title>{text}</title>
      {bands.slice(1).map((b) => {
        const [from, to] = limits[b]!;
        return (
          <g key={b}>
            <rect class={`zone ${b} ${official.includes(b) ? 'said' : ''}`} x={x(from) + 1} width={x(to) - x(from) - 2} y="20" height="22" rx="3" />
            <text class="zone-name" x={(x(from) + x(to)) / 2} y="14" text-anchor="middle">{maybe('band', b)}</text>
          </g>
        );
      })}
      <line class="interval" x1={x(s.low)} x2={x(s.high)} y1="31" y2="31" />
      <line class="interval" x1={x(s.low)} x2={x(s.low)} y1="25" y2="37" /><line class="interval" x1={x(s.high)} x2={x(s.high)} y1="25" y2="37" />
      <circle class="median" cx={x(s.median)} cy="31" r="7" />
      {[0, 4, 7, 9, 10].map((n) => <text key={n} class="tickname" x={x(n)} y="56" text-anchor="middle">{n}</text>)}
      {official.map((b) => limits[b] && <text key={b} class="saidname" x={(x(limits[b][0]) + x(limits[b][1])) / 2} y="71" text-anchor="middle">▲ {t('estimate.published')}</text>)}
    </svg>
  );
}

// EstimateView shows an estimate whole; text is what it was made from.
export function EstimateView({ of: e, text, official = [] }: { of: Estimate; text?: string; official?: string[] }) {
  const severities = official.filter((tag) => tag.startsWith('severity:')).map((tag) => tag.slice(9));
  const weaknesses = official.filter((tag) => tag.startsWith('cwe:')).map((tag) => `CWE-${tag.slice(4)}`);
  return (
    <div class="estimate">
      <div class="estimate-parts">
        <section>
          <h3>{t('estimate.severity')} {e.cvss && <><Band of={e.cvss.band} /> <b>{e.cvss.median.toFixed(1)}</b></>}</h3>
          {e.cvss ? <><Scale of={e.cvss} official={severities} /><p class="quiet small">{t('estimate.scale', { median: e.cvss.median.toFixed(1), low: e.cvss.low.toFixed(1), high: e.cvss.high.toFixed(1) })}</p></> : <p class="void">{t('estimate.nosense')}</p>}
        </section>
        <section>
          <h3>{t('estimate.type')}</h3>
          <Path of={e} />
          {weaknesses.length > 0 && (
            <p>{t('estimate.published')}: {weaknesses.map((id) => <span key={id} class={`chip ${agrees(e, id) ? 'good' : 'note'}`}>{id} {agrees(e, id) ? t('estimate.agrees') : t('estimate.differs')}</span>)}</p>
          )}
          {e.right && <p class="quiet">{t('estimate.right', { n: (100 * e.right.right).toFixed(0), of: num(e.right.of) })}</p>}
        </section>
      </div>
      {text !== undefined && <Marked text={text} of={e} />}
      {e.cvss && <Metrics of={e.cvss} />}
      {e.reasons?.similar?.length ? (
        <>
          <h3>{t('estimate.similar')}</h3>
          <ul class="feed">
            {e.reasons.similar.map((s) => <li key={s.id} data-row><Value of={{ kind: 'cve', value: s.id }} /> <span class="chip">{s.type}</span> <span class="quiet">{t('estimate.alike', { n: percent(s.alike) })}</span></li>)}
          </ul>
        </>
      ) : null}
      <p class="quiet small">{t('estimate.model', { model: e.model, cwe: e.cwe_version })}{e.language && ` · ${t('estimate.language', { language: e.language })}`}</p>
    </div>
  );
}

const agrees = (e: Estimate, id: string): boolean => [...(e.path ?? []), ...(e.top ?? []).slice(0, 1)].some((n) => n.id === id);

// Path draws the tree from the pillar to the deepest node that is sure enough,
// and the likeliest labels below it.
function Path({ of: e }: { of: Estimate }) {
  const path = e.path ?? [];
  const rest = (e.top ?? []).filter((n) => !path.some((p) => p.id === n.id) && n.mass >= 0.005);
  return (
    <>
      {e.unsure && <p class="warn"><bdi>{e.unsure}</bdi></p>}
      <ol class="tree">
        {path.map((n, i) => <Weakness key={n.id} of={n} deep={i} sure />)}
        {rest.map((n) => <Weakness key={n.id} of={n} deep={path.length} />)}
      </ol>
    </>
  );
}

function Weakness({ of: n, deep, sure = false }: { of: WeaknessNode; deep: number; sure?: boolean }) {
  return (
    <li class={sure ? 'sure' : ''} style={{ '--deep': String(Math.min(deep, 6)) }}>
      <span class="mass" title={percent(n.mass)}><i style={{ width: `${Math.round(100 * n.mass)}%` }} /></span>
      <span class="n">{percent(n.mass)}</span>
      <span><a href={`/q?q=${encodeURIComponent(`tag:"cwe:${n.id.slice(4)}"`)}`}>{n.id}</a> <bdi>{n.name}</bdi> <span class="quiet small">{maybe('weakness', n.kind)}{n.usage !== 'Allowed' && ` · ${maybe('usage', n.usage)}`}</span></span>
    </li>
  );
}

// Marked shows the text with the words that decided.
export function Marked({ text, of: e }: { text: string; of: Estimate }) {
  return (
    <>
      <p class="marked"><bdi>{marksOf(text, e).map((p, i) => (p.level ? <mark key={i} class={p.level > 1 ? 'strong' : ''}>{p.text}</mark> : p.text))}</bdi></p>
      {e.reasons && <p class="quiet small">{t('estimate.words', { for: e.reasons.for, against: e.reasons.against })}</p>}
    </>
  );
}

// marksOf cuts a text at the words that decided; their places count bytes.
export function marksOf(text: string, e: Estimate): { text: string; level: number }[] {
  const bytes = new TextEncoder().encode(text);
  const read = (from: number, to: number) => new TextDecoder().decode(bytes.subarray(from, to));
  const words = (e.reasons?.words ?? []).filter((w) => w.weight > 0);
  const most = Math.max(0, ...words.map((w) => w.weight));
  const parts: { text: string; level: number }[] = [];
  let at = 0;
  for (const w of words) {
    if (w.start < at || w.end > bytes.length) continue;
    parts.push({ text: read(at, w.start), level: 0 }, { text: read(w.start, w.end), level: w.weight > most / 2 ? 2 : 1 });
    at = w.end;
  }
  parts.push({ text: read(at, bytes.length), level: 0 });
  return parts.filter((p) => p.text);
}

function Metrics({ of: s }: { of: SeverityEstimate }) {
  return (
    <details>
      <summary>{t('estimate.metrics')} <code>{s.vector}</code></summary>
      <Wide label={t('estimate.metrics')}>
        <table>
          <thead><tr><th>{t('estimate.metric')}</th><th>{t('col.says')}</th><th class="n">{t('estimate.sure')}</th><th>{t('estimate.because')}</th></tr></thead>
          <tbody>
            {(s.metrics ?? []).map((m) => (
              <tr key={m.metric}>
                <td>{maybe('cvss', m.metric)} <span class="quiet">{m.metric}</span></td><td>{maybe('cvss.value', m.metric === 'AC' || 'CIA'.includes(m.metric) ? m.value : `${m.metric}.${m.value}`)}</td>
                <td class="n">{percent(m.p[m.value] ?? 0)}</td><td><bdi>{(m.words ?? []).join(t('list.comma'))}</bdi></td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      <p class="quiet small">{t('estimate.v4')} <code>{s.v4}</code> {s.v4_score.toFixed(1)}</p>
    </details>
  );
}
