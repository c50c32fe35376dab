import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Vulnerability } from '../api/types';
import { t } from '../i18n';
import { Block } from './Block';
import { Band, EstimateView } from './Estimate';
import { Grade, Source, Sources } from './Value';

// Flaw is the part of a CVE's page that says what kind of flaw it is and how
// bad: as published, and as estimated from its text.
export function Flaw({ cve }: { cve: string }) {
  const known = useResource((signal) => ask<Vulnerability>(`/vulnerabilities/${seg(cve)}`, { signal }), ['vulnerability', cve]);
  return (
    <Block
      title={t('flaw.title')} of={known} lines={5} absent={t('engine.vulnerabilities.absent')}
      empty={(v) => (v.estimate || v.official?.length ? null : <p>{t('flaw.none')} <code>cure vuln import nvd.json.gz | cure publish vuln --source vuln/nvd -</code></p>)}
    >
      {(v) => (
        <>
          {v.description?.title && <p><b><bdi>{v.description.title}</bdi></b></p>}
          {v.official?.length ? (
            <p class="official">
              <b>{t('estimate.published')}</b>{' '}
              {v.official.map((o) => (
                <span key={o.tag.value} class="said-by">
                  {o.tag.value.startsWith('severity:') ? <Band of={o.tag.value.slice(9)} /> : <span class="chip tag"><bdi>{o.tag.value.startsWith('cwe:') ? `CWE-${o.tag.value.slice(4)}` : o.tag.value.replace(/^product:/, '')}</bdi></span>}{' '}
                  <Sources names={o.sources} most={2} />
                </span>
              ))}
            </p>
          ) : <p class="quiet">{t('flaw.unpublished')}</p>}
          {v.estimate ? (
            <>
              <p class="quiet">{t('flaw.estimated')} {v.description && <>{t('flaw.from')} <Source name={v.description.source} /> <Grade of={v.description.marking} /> <a href={`/r/${seg(v.description.record)}`}>{t('entity.open')}</a></>}</p>
              <EstimateView of={v.estimate} text={v.description?.text ?? ''} official={(v.official ?? []).map((o) => o.tag.value)} />
            </>
          ) : v.description && <p class="marked"><bdi>{v.description.text}</bdi></p>}
        </>
      )}
    </Block>
  );
}
