import { useMemo, useState } from 'preact/hooks';
import { ask } from '../api/client';
import { useResource } from '../api/resource';
import type { Results, SourceStatus } from '../api/types';
import { t, tn } from '../i18n';
import { Block } from '../parts/Block';
import { Changes } from './Campaigns';
import { Mutes, ShiftNotes } from '../parts/ShiftNotes';
import { Wide } from '../parts/Grid';
import { Source, Time } from '../parts/Value';
import { Summaries } from '../parts/summaries';
import { usePicture } from '../picture/data';
import { conditionOf } from '../parts/condition';
import { WhyNot } from '../parts/WhyNot';
import { byWorth } from '../parts/incident';
import { Finding } from './Now';
import { stamp, parse } from '../text/time';
import { zone } from '../state/prefs';

const hours = [8, 12, 24, 72];

// Shift is what the next one has to know: what came since the last shift, what
// is broken, and what was noted. It prints on paper.
export function Shift() {
  const [since, setSince] = useState(8);
  const from = useMemo(() => Date.now() - since * 3_600_000, [since]);
  const picture = usePicture('');
  const alerts = useResource((signal) => ask<Results>('/search', { query: { q: `source:alerts -kind:port since:${since}h`, limit: 500 }, signal }), ['shift', since]);
  const shared = useResource((signal) => ask<Results>('/search', { query: { q: `seen>=2 since:${since}h`, limit: 200 }, signal }), ['shift.shared', since]);
  const sources = useResource((signal) => ask<SourceStatus[] | null>('/sources', { signal }), ['sources']);
  const down = (sources.data ?? []).filter((s) => !['ok', 'lagging'].includes(conditionOf(s, Date.now())));
  return (
    <>
      <h1>{t('nav.shift')} <span class="quiet small">{stamp(from)} – {stamp(Date.now())} {zone.value}</span></h1>
      <div class="pills no-print">
        {hours.map((h) => <button key={h} type="button" class="pill" aria-pressed={since === h} onClick={() => setSince(h)}>{tn('shift.hours', h)}</button>)}
        <span class="pills-end"><button type="button" class="second" onClick={() => print()}>{t('shift.print')}</button></span>
      </div>
      <Block title={t('shift.findings')} of={picture} lines={2} absent={t('now.findings.absent')} empty={(p) => (recent(p.detections, from).length ? null : <p>{t('shift.none')}</p>)}>
        {(p) => <ol class="findings">{recent(p.detections, from).map((d) => <Finding key={d.id} of={d} />)}</ol>}
      </Block>
      <Block title={t('shift.alerts')} of={alerts} absent={t('alerts.empty')} empty={(r) => (r.values?.length ? null : <p>{t('shift.none')}</p>)}>
        {(r) => <Summaries of={byWorth(r.values ?? [])} label={t('shift.alerts')} height={300} />}
      </Block>
      <Block title={t('shift.shared')} of={shared} empty={(r) => (r.values?.length ? null : <p>{t('shift.none')}</p>)}>
        {(r) => <Summaries of={r.values ?? []} label={t('shift.shared')} height={300} />}
      </Block>
      <Block title={t('shift.down')} of={sources} empty={() => (down.length ? null : <p>{t('shift.allup')}</p>)}>
        {() => (
          <Wide label={t('shift.down')}>
            <table><tbody>{down.map((s) => <tr key={s.source} data-row><td><Source name={s.source} /></td><td><span class={`state ${conditionOf(s, Date.now())}`}>{t(`state.${conditionOf(s, Date.now())}`)}</span></td><td><Time at={s.operating?.arrived ?? s.last} /></td></tr>)}</tbody></table>
          </Wide>
        )}
      </Block>
      <Changes />
      <Mutes hours={24} />
      <ShiftNotes />
      <WhyNot hours={since} />
    </>
  );
}

function recent<T extends { start?: string }>(all: T[] | null | undefined, from: number): T[] {
  return (all ?? []).filter((d) => (parse(d.start) ?? 0) >= from);
}
