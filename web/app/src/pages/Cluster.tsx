import { useMemo, useState } from 'preact/hooks';
import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { MalwareCluster, MalwareMember } from '../api/malware';
import { t, tn } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { Wide } from '../parts/Grid';
import { Heat } from '../parts/Heat';
import { MalwareCardOf } from '../parts/MalwareCard';
import { Copy, Source, Time } from '../parts/Value';
import { bytesOf } from '../text/bytes';
import { entityPath } from '../text/defang';
import { drawn, newick } from '../text/newick';
import { num, percent, size } from '../text/number';
import { clusterName, clusterPath, diffPath } from './Malware';

// ClusterPage is one family: its tree, how alike its members are, what is new
// in each, and what appeared when.
export function ClusterPage({ at }: { at: Record<string, string> }) {
  const id = at['id'] ?? '';
  const one = useResource((signal) => ask<MalwareCluster>(`/malware/clusters/${seg(id)}`, { signal }), ['cluster', id]);
  return (
    <>
      <p class="kind"><a href="/malware">{t('nav.malware')}</a></p>
      <h1><bdi>{one.data ? clusterName(one.data) : t('malware.cluster')}</bdi></h1>
      <Block of={one} lines={10} class="bare" absent={t('malware.gone')}>{(c) => <Whole of={c} />}</Block>
    </>
  );
}

function Whole({ of: c }: { of: MalwareCluster }) {
  const members = c.members ?? [];
  const name = (sha: string) => members.find((m) => m.sha256 === sha)?.name || sha.slice(0, 12);
  return (
    <>
      <div class="verdict">
        <p><b><bdi>{c.sentence}</bdi></b></p>
        <p><span class="chip"><bdi>{c.platform}</bdi></span> {tn('malware.samplesof', c.size)} · {tn('malware.variantsof', c.variants)} · {tn('malware.core', c.core)} · {t('malware.cut', { n: percent(c.cut) })}</p>
        <p class="quiet"><Time at={c.first} /> – <Time at={c.last} /> · <Source name={c.source} /></p>
        {c.analyse?.length ? <p>{t('malware.analyse')} {c.analyse.slice(0, 8).map((sha) => <a key={sha} class="chip good" href={entityPath({ kind: 'hash', value: sha })}><bdi>{name(sha)}</bdi></a>)}</p> : null}
        {c.kin?.map((k) => <p key={k.id}>{t('malware.kin')} <a href={clusterPath(k.id)}><bdi>{k.platform}</bdi></a> <span class="quiet">{tn('malware.samplesof', k.size)} · {percent(k.score)} · <bdi>{(k.reasons ?? []).join(t('list.comma'))}</bdi></span></p>)}
      </div>
      {members.length > 0 && <Panel title={t('malware.tree')} note={<span class="quiet">{t('malware.tree.text')}</span>}><Tree of={c} /></Panel>}
      <Panel title={t('malware.members')}><Members of={members} /></Panel>
      <MalwareCardOf of={c.id} />
      <Spread of={c} />
      {c.rule && <Panel title="YARA" note={<Copy text={c.rule}>{t('record.copy')}</Copy>}><pre tabIndex={0}>{c.rule}</pre></Panel>}
    </>
  );
}

const rowHigh = 16;

// Tree draws how the members descend, and beside each row how alike it is to
// all others, in the same order.
function Tree({ of: c }: { of: MalwareCluster }) {
  const members = c.members ?? [];
  const tree = useMemo(() => {
    const root = c.newick ? newick(c.newick) : undefined;
    return root && drawn(root);
  }, [c.newick]);
  const matrix = useMemo(() => c.matrix?.map((row) => [...bytesOf(row)]), [c.matrix]);
  const at = useMemo(() => {
    const least = Math.min(99, ...(matrix ?? []).flat());
    return (r: number, k: number) => (matrix?.[r]?.[k] ?? 0) - least + 1;
  }, [matrix]);
  const [chosen, setChosen] = useState<number>();
  if (!tree) return <p class="void">{t('malware.notree')}</p>;
  const W = 320, high = tree.rows * rowHigh;
  const row = chosen === undefined ? undefined : members[chosen];
  return (
    <>
      <div class="wide" tabIndex={0} role="region" aria-label={t('malware.tree')}>
        <div class="phylo">
          <svg width={W} height={high} viewBox={`0 0 ${W} ${high}`} role="img" aria-label={t('malware.tree.label', { n: tree.rows })}>
            <g transform={`translate(4 ${rowHigh / 2}) scale(${W - 12} ${rowHigh})`}><path class="twigs" d={tree.lines} /></g>
            {tree.tips.map((tip) => <line key={tip.y} class="lead" x1={4 + tip.x * (W - 12)} x2={W} y1={(tip.y + 0.5) * rowHigh} y2={(tip.y + 0.5) * rowHigh} />)}
            {tree.supports.map((s, i) => s.of >= 50 && <text key={i} x={2 + s.x * (W - 12)} y={(s.y + 0.5) * rowHigh - 3} text-anchor="end">{Math.round(s.of)}</text>)}
          </svg>
          <ol>
            {tree.tips.map((tip, i) => {
              const m = members[i];
              return <li key={i} data-row style={{ height: `${rowHigh}px` }} class={m?.sha256 === c.medoid ? 'medoid' : ''}>{m ? <a href={diffPath(m.sha256)} title={m.sentence}><bdi>{tip.name}</bdi></a> : <bdi>{tip.name}</bdi>}</li>;
            })}
          </ol>
          {matrix && (
            <div style={{ width: `${Math.min(tree.rows * rowHigh, 720)}px` }}>
              <Heat
                rows={matrix.length} columns={matrix.length} at={at} rowHeight={rowHigh} even label={t('malware.heat', { n: matrix.length })}
                pick={(r, k) => `${members[r]?.name ?? ''} ${members[r]?.sha256.slice(0, 8)} – ${members[k]?.name ?? ''} ${members[k]?.sha256.slice(0, 8)}: ${matrix[r]?.[k]} %`} onRow={setChosen}
              />
            </div>
          )}
        </div>
      </div>
      {row && <p><a href={diffPath(row.sha256)}><bdi>{row.name || row.sha256.slice(0, 12)}</bdi></a> <bdi>{row.sentence}</bdi></p>}
    </>
  );
}

function Members({ of }: { of: MalwareMember[] }) {
  const list = [...of].sort((a, b) => a.added.localeCompare(b.added));
  return (
    <Wide label={t('malware.members')}>
      <table>
        <thead><tr><th>{t('malware.sample')}</th><th>{t('malware.added')}</th><th class="n">{t('malware.variant')}</th><th class="n">{t('malware.size')}</th><th class="n">{t('malware.alike')}</th><th>{t('malware.new')}</th></tr></thead>
        <tbody>
          {list.slice(0, 500).map((m) => (
            <tr key={m.sha256} data-row>
              <td class="names"><a href={diffPath(m.sha256)}><bdi>{m.name || m.sha256.slice(0, 16)}</bdi></a> <a class="quiet small" href={entityPath({ kind: 'hash', value: m.sha256 })}><code>{m.sha256.slice(0, 8)}</code></a>{m.packed && <> <span class="chip" title={t('malware.packed')}><bdi>{m.packed}</bdi></span></>}</td>
              <td><Time at={m.added} /></td><td class="n">{num(m.variant)}</td><td class="n">{size(m.size)}</td><td class="n">{percent(m.alike)}</td><td class="prose"><bdi>{m.sentence}</bdi></td>
            </tr>
          ))}
        </tbody>
      </table>
      {list.length > 500 && <p class="quiet">{t('entity.cut', { n: num(list.length - 500) })}</p>}
    </Wide>
  );
}

// Spread draws which functions some members have: what appeared when.
function Spread({ of: c }: { of: MalwareCluster }) {
  const rows = (c.spread ?? []).slice(0, 40);
  const members = useMemo(() => [...(c.members ?? [])].sort((a, b) => a.added.localeCompare(b.added)), [c]);
  const place = useMemo(() => new Map(members.map((m, i) => [m.sha256, i])), [members]);
  if (!rows.length || !members.length) return null;
  const W = 420;
  return (
    <Panel title={t('malware.spread')} note={<span class="quiet">{t('malware.spread.text')}</span>}>
      <Wide label={t('malware.spread')}>
        <table>
          <thead><tr><th>{t('malware.function')}</th><th>{t('col.first')}</th><th class="n">{t('malware.samples')}</th><th>{t('malware.who')}</th><th>{t('malware.does')}</th></tr></thead>
          <tbody>
            {rows.map((s, i) => (
              <tr key={i} data-row>
                <td><code><bdi>{s.function.label}</bdi></code></td><td><Time at={s.first} /></td><td class="n">{num(s.count)}</td>
                <td>
                  <svg class="spread" viewBox={`0 0 ${W} 12`} preserveAspectRatio="none" role="img" aria-label={t('malware.spread.label', { n: s.count, of: members.length })}>
                    <line class="lane" x1="0" x2={W} y1="6" y2="6" />
                    {(s.members ?? []).map((sha) => { const at = place.get(sha); return at === undefined ? null : <rect key={sha} x={(W * at) / members.length} width={Math.max(W / members.length - 1, 3)} y="1" height="10" rx="1" />; })}
                  </svg>
                </td>
                <td><bdi>{[...(s.function.syscalls ?? []), ...(s.function.strings ?? [])].slice(0, 6).join(t('list.comma'))}</bdi></td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </Panel>
  );
}
