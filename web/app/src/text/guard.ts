import { Fragment, options, type VNode } from 'preact';
import { visible } from './visible';

// guard makes every text that Preact writes pass visible(), children and the
// attributes people read alike. It is installed once, before the first render:
// no page can forget it, and none needs to think of it.

const read = ['title', 'aria-label', 'aria-description', 'placeholder', 'alt', 'label'] as const;

export function guard(): void {
  const before = options.vnode;
  options.vnode = (vnode: VNode) => {
    const props = vnode.props as unknown as Record<string, unknown>;
    // Text stands in elements or in fragments; other components pass it on.
    if (typeof vnode.type === 'string' || vnode.type === Fragment) props['children'] = clean(props['children']);
    if (typeof vnode.type === 'string') {
      for (const name of read) {
        const value = props[name];
        if (typeof value === 'string') props[name] = visible(value);
      }
    }
    before?.(vnode);
  };
}

function clean(children: unknown): unknown {
  if (typeof children === 'string') return visible(children);
  return Array.isArray(children) ? children.map(clean) : children;
}
