import type { ComponentChildren } from 'preact';
import { ask } from '../api/client';
import { useResource } from '../api/resource';
import type { Results } from '../api/types';
import { t, type Key } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { Summaries } from '../parts/summaries';
import { usePicture } from '../picture/data';
import { DocumentSearch } from './Documents';
import { Finding } from './Now';

// The pages of the analyses: what there is of their subject in the hub now,
// what their engine has found, and what would fill the rest.

interface Subject { name: string; query: string; engines: string[]; fills: string }

function EnginePage({ of, children }: { of: Subject; children?: ComponentChildren }) {
  const picture = usePicture('');
  const found = useResource((signal) => ask<Results>('/search', { query: { q: of.query, limit: 500 }, signal }), ['engine', of.query]);
  return (
    <>
      <h1>{t(`nav.${of.name}` as Key)}</h1>
      <p class="quiet">{t(`engine.${of.name}.text` as Key)}</p>
      <Block
        title={t('engine.findings')} of={picture} lines={3} absent={t(`engine.${of.name}.absent` as Key)}
        empty={(p) => ((p.detections ?? []).some((d) => of.engines.includes(d.engine ?? '')) ? null : <p>{t(`engine.${of.name}.absent` as Key)}</p>)}
      >
        {(p) => <ol class="findings">{(p.detections ?? []).filter((d) => of.engines.includes(d.engine ?? '')).map((d) => <Finding key={d.id} of={d} />)}</ol>}
      </Block>
      {children}
      <Block
        title={t(`engine.${of.name}.values` as Key)} of={found} lines={6} absent={t('engine.none')}
        empty={(r) => (r.values?.length ? null : <p>{t('engine.none')}</p>)}
      >
        {(r) => <Summaries of={r.values ?? []} label={t(`engine.${of.name}.values` as Key)} />}
      </Block>
      <Panel title={t('engine.fills')}><p>{t('engine.fills.text')} <code>{of.fills}</code></p></Panel>
    </>
  );
}

export const Intelligence = () => <EnginePage of={{ name: 'intelligence', query: 'kind:tag', engines: ['intel', 'trend'], fills: 'cure publish reports FILE' }}><DocumentSearch /></EnginePage>;

