import { useEffect, useState } from 'preact/hooks';
import { PictureFrame } from '../picture/PictureFrame';
import { usePicture } from '../picture/data';
import { place, setQuery } from '../state/router';
import { t, tn } from '../i18n';
import { zone } from '../state/prefs';
import { stamp } from '../text/time';
import { titleOf, useCampaigns } from './Campaigns';
import { ask } from '../api/client';
import { useResource, type Resource } from '../api/resource';
import type { History, Picture } from '../api/types';
import { onKey } from '../state/keyboard';

// PicturePage is the picture as large as the window, with time and campaigns.
export function PicturePage() {
  const at = place.value.query.get('at') ?? '';
  const wall = place.value.query.has('wall');
  const present = usePicture('');
  const [since] = useState(() => new Date(Date.now() - 72 * 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z'));
  const history = useResource((signal) => ask<History>('/picture/history', { query: { from: since, step: '1h' }, signal }), ['history', since], { when: !wall });
  const picture = { ...present, data: present.data && frameOf(present.data, history.data, at) };
  const campaigns = useCampaigns();
  const chosen = place.value.query.get('c') ?? '';
  const campaign = campaigns.data?.find((c) => c.id === chosen);
  useEffect(() => onKey('w', () => setQuery({ wall: wall ? undefined : '1' }, 'push')), [wall]);
  return (
    <div class={wall ? 'wall' : 'picture-page'} data-shade={wall ? 'dark' : undefined}>
      <h1 class="hidden">{t('nav.picture')}</h1>
      <PictureFrame picture={picture} lit={campaign?.publishers ?? undefined} />
      {!wall && (
        <div class="picture-foot">
          <TimeSlider at={at} history={history} />
          {campaigns.data?.length ? (
            <p class="pills" role="group" aria-label={t('nav.campaigns')}>
              <span class="quiet">{tn('campaigns.count', campaigns.data.length)}</span>
              {campaigns.data.slice(0, 8).map((c) => (
                <button key={c.id} type="button" class="pill" aria-pressed={c.id === chosen} onClick={() => setQuery({ c: c.id === chosen ? undefined : c.id })}><bdi>{titleOf(c)}</bdi></button>
              ))}
              {campaign && <a href={`/c/${encodeURIComponent(campaign.id)}`}>{t('campaigns.open')}</a>}
            </p>
          ) : null}
        </div>
      )}
    </div>
  );
}

// TimeSlider goes through the last three days, and plays them.
function TimeSlider({ at, history }: { at: string; history: Resource<History> }) {
  const [playing, setPlaying] = useState(false);
  const frames = history.data?.frames ?? [];
  const last = frames.length - 1;
  const value = at ? Math.max(frames.findIndex((f) => f.time >= at), 0) : last;
  const to = (i: number) => setQuery({ at: i >= last ? undefined : frames[i]?.time });
  useEffect(() => {
    if (!playing) return;
    const id = setTimeout(() => (value >= last ? setPlaying(false) : to(value + 1)), 600);
    return () => clearTimeout(id);
  }, [playing, value]);
  if (last < 1) return null;
  return (
    <div class="slider">
      <button type="button" class="second" onClick={() => { if (!playing && value >= last) to(0); setPlaying(!playing); }}>{playing ? t('picture.pause') : t('picture.replay')}</button>
      <input type="range" min={0} max={last} value={value} aria-label={t('picture.time')} aria-valuetext={at ? stamp(Date.parse(at)) : t('picture.now')} onInput={(e) => to(Number(e.currentTarget.value))} />
      <output>{at ? `${stamp(Date.parse(at))} ${zone.value}` : t('picture.now')}</output>
      {history.data?.note && <span class="quiet" title={history.data.note}>{t('picture.kept')}</span>}
    </div>
  );
}

// frameOf is the picture as it was at the end of a step of its history.
export function frameOf(p: Picture, h: History | undefined, at: string): Picture {
  const f = at ? h?.frames?.find((x) => x.time >= at) : undefined;
  if (!f) return p;
  return {
    ...p, past: true, time: f.time, ribbons: f.ribbons, detections: (p.detections ?? []).filter((d) => (d.start ?? '') <= f.time),
    databases: p.databases.map((d) => ({ ...d, observables: f.observables?.[d.name] ?? 0, state: f.observables?.[d.name] ? d.state : 'none' })),
  };
}
