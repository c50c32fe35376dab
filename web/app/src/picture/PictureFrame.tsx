import { useEffect, useState } from 'preact/hooks';
import type { Resource } from '../api/resource';
import type { Picture } from '../api/types';
import { t } from '../i18n';
import { Block } from '../parts/Block';
import { calm, narrow } from '../state/prefs';
import { onKey } from '../state/keyboard';
import { place } from '../state/router';
import { PictureTable } from './PictureTable';
import type { StageProps } from './Stage';
import type { ComponentType } from 'preact';

export type Way = 'picture' | 'table';

const able = (() => {
  let known: boolean | undefined;
  return (): boolean => {
    if (known === undefined) {
      try {
        known = document.createElement('canvas').getContext('webgl2') !== null;
      } catch {
        known = false;
      }
    }
    return known;
  };
})();

// fitting is what serves best here: the table on small screens, with reduced
// motion, and where WebGL is missing.
export const fitting = (): Way => (place.value.query.has('table') || narrow() || calm() || !able() ? 'table' : 'picture');

// PictureFrame is the picture or its table, one key apart.
export function PictureFrame({ picture, compact = false, lit, onStage }: { picture: Resource<Picture>; compact?: boolean; lit?: string[] | undefined; onStage?: StageProps['onStage'] }) {
  const [way, setWay] = useState<Way>(fitting);
  const [failed, setFailed] = useState(false);
  const [Stage, setStage] = useState<ComponentType<StageProps>>();
  useEffect(() => onKey('t', () => setWay((w) => (w === 'table' ? 'picture' : 'table'))), []);
  useEffect(() => {
    if (way === 'picture' && !Stage) void import('./Stage').then((m) => setStage(() => m.Stage), () => setFailed(true));
  }, [way]);
  const shown = failed || !able() ? 'table' : way;
  return (
    <Block
      class={`picture-block ${compact ? 'compact' : ''}`} of={picture} lines={10} absent={t('picture.absent')}
      title={t('nav.picture')}
      note={
        <span class="no-wall">
          <button type="button" class="plain" aria-pressed={shown === 'table'} disabled={!able()} onClick={() => setWay(shown === 'table' ? 'picture' : 'table')}>
            {shown === 'table' ? t('picture.show') : t('picture.table')} <kbd aria-hidden="true">t</kbd>
          </button>
          {compact && <a class="more" href="/picture">{t('picture.large')}</a>}
        </span>
      }
    >
      {(p) =>
        shown === 'table' ? <PictureTable of={p} /> : Stage ? <Stage picture={p} lit={lit} onFail={() => setFailed(true)} {...(onStage ? { onStage } : {})} /> : <div class="stage" aria-busy="true" />
      }
    </Block>
  );
}
