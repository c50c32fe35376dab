import { AdditiveBlending, BufferAttribute, BufferGeometry, Color, DoubleSide, Mesh, NormalBlending, ShaderMaterial } from 'three';
import { bend, curve, type Model } from './model';
import { ribbonFragment, ribbonVertex } from './shaders';

const pieces = 28; // of a curve

// ribbonMesh makes all ribbons one mesh: never a draw call a link.
export function ribbonMesh(m: Model, colourOf: (body: number) => number, additive: boolean, strength: number): Mesh<BufferGeometry, ShaderMaterial> {
  const perRibbon = (pieces + 1) * 2;
  const n = m.ribbons.length * perRibbon;
  const data = {
    position: new Float32Array(n * 3), tangent: new Float32Array(n * 3), tint: new Float32Array(n * 3),
    side: new Float32Array(n), wide: new Float32Array(n), lit: new Float32Array(n).fill(1), along: new Float32Array(n),
  };
  const index: number[] = [];
  m.ribbons.forEach((r, k) => {
    const a = m.bodies[r.a]!.at, b = m.bodies[r.b]!.at, via = bend(a, b);
    const ca = new Color(colourOf(r.a)), cb = new Color(colourOf(r.b)), c = new Color();
    for (let i = 0; i <= pieces; i++) {
      const t = i / pieces;
      const p = curve(a, via, b, t), q = curve(a, via, b, t + 0.01);
      c.copy(ca).lerp(cb, t);
      for (const side of [0, 1]) {
        const v = k * perRibbon + 2 * i + side;
        data.position.set(p, 3 * v);
        data.tangent.set([q[0] - p[0], q[1] - p[1], q[2] - p[2]], 3 * v);
        data.tint.set([c.r, c.g, c.b], 3 * v);
        data.side[v] = side ? 1 : -1;
        data.wide[v] = r.width;
        data.along[v] = t;
      }
      if (i < pieces) {
        const v = k * perRibbon + 2 * i;
        index.push(v, v + 1, v + 2, v + 1, v + 3, v + 2);
      }
    }
  });
  const geometry = new BufferGeometry();
  for (const [name, values] of Object.entries(data)) geometry.setAttribute(name, new BufferAttribute(values, values.length / n || 1));
  geometry.setIndex(index);
  const material = new ShaderMaterial({
    vertexShader: ribbonVertex, fragmentShader: ribbonFragment, transparent: true, depthWrite: false, side: DoubleSide,
    blending: additive ? AdditiveBlending : NormalBlending, uniforms: { aspect: { value: 1 }, strength: { value: strength } },
  });
  const mesh = new Mesh(geometry, material);
  mesh.frustumCulled = false;
  return mesh;
}

// lightRibbons dims all ribbons but those that are wanted.
export function lightRibbons(mesh: Mesh<BufferGeometry, ShaderMaterial>, m: Model, wanted: (k: number) => number): void {
  const lit = mesh.geometry.getAttribute('lit');
  if (!(lit instanceof BufferAttribute)) return;
  const per = (pieces + 1) * 2;
  m.ribbons.forEach((_, k) => (lit.array as Float32Array).fill(wanted(k), k * per, (k + 1) * per));
  lit.needsUpdate = true;
}
