import { BufferAttribute, BufferGeometry, DynamicDrawUsage, NormalBlending, AdditiveBlending, Points, ShaderMaterial, Color } from 'three';
import { pulseFragment, pulseVertex } from './shaders';

export interface Flight { from: readonly number[]; via: readonly number[]; to: readonly number[]; tint: number; begin: number; seconds: number; size: number; again?: boolean }

// Pulses are a ring of points that run along curves, moved by the GPU. A new
// one takes the place of the oldest; nothing is allocated while they run.
export class Pulses {
  readonly points: Points;
  readonly material: ShaderMaterial;
  private readonly attributes: Record<'from' | 'via' | 'to' | 'tint' | 'life', BufferAttribute>;
  private next: number;

  constructor(
    readonly capacity: number,
    readonly kept: number, // the first ones come again and are not taken
    additive: boolean,
  ) {
    const make = (size: number) => {
      const a = new BufferAttribute(new Float32Array(capacity * size), size);
      a.setUsage(DynamicDrawUsage);
      return a;
    };
    this.attributes = { from: make(3), via: make(3), to: make(3), tint: make(3), life: make(4) };
    const geometry = new BufferGeometry();
    for (const [name, a] of Object.entries(this.attributes)) geometry.setAttribute(name, a);
    geometry.setAttribute('position', this.attributes.from); // three wants one
    this.material = new ShaderMaterial({
      vertexShader: pulseVertex, fragmentShader: pulseFragment, transparent: true, depthWrite: false,
      blending: additive ? AdditiveBlending : NormalBlending, uniforms: { now: { value: 0 }, scale: { value: 600 } },
    });
    this.points = new Points(geometry, this.material);
    this.points.frustumCulled = false;
    this.next = kept;
  }

  set(i: number, f: Flight): void {
    const { from, via, to, tint, life } = this.attributes;
    const c = new Color(f.tint);
    from.setXYZ(i, f.from[0] ?? 0, f.from[1] ?? 0, f.from[2] ?? 0);
    via.setXYZ(i, f.via[0] ?? 0, f.via[1] ?? 0, f.via[2] ?? 0);
    to.setXYZ(i, f.to[0] ?? 0, f.to[1] ?? 0, f.to[2] ?? 0);
    tint.setXYZ(i, c.r, c.g, c.b);
    life.setXYZW(i, f.begin, f.seconds, f.size, f.again ? 1 : 0);
    for (const a of Object.values(this.attributes)) a.needsUpdate = true;
  }

  add(f: Flight): void {
    this.set(this.next, f);
    this.next = this.next + 1 < this.capacity ? this.next + 1 : this.kept;
  }

  dispose(): void {
    this.points.geometry.dispose();
    this.material.dispose();
  }
}
