import { useEffect, useState } from 'preact/hooks';
import { PictureFrame } from '../picture/PictureFrame';
import { usePicture } from '../picture/data';
import { place, setQuery } from '../state/router';
import { t, tn } from '../i18n';
import { zone } from '../state/prefs';
import { stamp } from '../text/time';
import { databasesOf, titleOf, useCampaigns } from './Campaigns';
import { onKey } from '../state/keyboard';

const hour = 3_600_000;

// PicturePage is the picture as large as the window, with time and campaigns.
export function PicturePage() {
  const at = place.value.query.get('at') ?? '';
  const wall = place.value.query.has('wall');
  const picture = usePicture(at);
  const campaigns = useCampaigns();
  const chosen = place.value.query.get('c') ?? '';
  const campaign = campaigns.data?.find((c) => c.id === chosen);
  useEffect(() => onKey('w', () => setQuery({ wall: wall ? undefined : '1' }, 'push')), [wall]);
  return (
    <div class={wall ? 'wall' : 'picture-page'} data-shade={wall ? 'dark' : undefined}>
      <h1 class="hidden">{t('nav.picture')}</h1>
      <PictureFrame picture={picture} lit={campaign ? databasesOf(campaign) : undefined} />
      {!wall && (
        <div class="picture-foot">
          <TimeSlider at={at} />
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
function TimeSlider({ at }: { at: string }) {
  const [now] = useState(() => Math.ceil(Date.now() / hour) * hour);
  const [playing, setPlaying] = useState(false);
  const steps = 72;
  const value = at ? Math.round(steps - (now - Date.parse(at)) / hour) : steps;
  const to = (step: number) => setQuery({ at: step >= steps ? undefined : new Date(now - (steps - step) * hour).toISOString().replace(/\.\d+Z$/, 'Z') });
  useEffect(() => {
    if (!playing) return;
    const id = setTimeout(() => (value >= steps ? setPlaying(false) : to(value + 1)), 700);
    return () => clearTimeout(id);
  }, [playing, value]);
  return (
    <div class="slider">
      <button type="button" class="second" onClick={() => { if (!playing && value >= steps) to(0); setPlaying(!playing); }}>{playing ? t('picture.pause') : t('picture.replay')}</button>
      <input type="range" min={0} max={steps} value={value} aria-label={t('picture.time')} aria-valuetext={at ? stamp(Date.parse(at)) : t('picture.now')} onInput={(e) => to(Number(e.currentTarget.value))} />
      <output>{at ? `${stamp(Date.parse(at))} ${zone.value}` : t('picture.now')}</output>
    </div>
  );
}
