import { t } from '../i18n';
import { Block } from '../parts/Block';
import { KeptList, useKept } from '../parts/Kept';

// Searches are those that are kept to be asked again.
export function Searches() {
  const all = useKept();
  return (
    <>
      <h1>{t('nav.searches')}</h1>
      <p class="quiet">{t('kept.text')}</p>
      <Block of={all} lines={4} empty={(list) => (list.length ? null : <p>{t('kept.empty')}</p>)}>{(list) => <KeptList of={list} onChange={all.reload} />}</Block>
    </>
  );
}
