import {
  AdditiveBlending, BufferAttribute, BufferGeometry, CanvasTexture, Color, LineBasicMaterial, LineDashedMaterial, LineSegments, Mesh, NormalBlending,
  PerspectiveCamera, Points, Scene, ShaderMaterial, SphereGeometry, Sprite, SpriteMaterial, Vector3, WebGLRenderer,
} from 'three';
import { bend, curve, ring, type Model } from './model';
import { dark, light, type Palette } from './palette';
import { Pulses } from './pulses';
import { lightRibbons, ribbonMesh } from './ribbons';
import { bodyFragment, bodyVertex, pointFragment, pointVertex } from './shaders';

// The scene draws a Model with three.js. It owns its canvas' context, asks for
// frames only while something moves and is seen, and measures them.

export interface Quality { smooth: boolean; ratio: number; moving: boolean }

// qualities are the steps down when frames take too long: without smoothing,
// in fewer pixels, without motion.
export const qualities: Quality[] = [
  { smooth: true, ratio: 2, moving: true }, { smooth: false, ratio: 2, moving: true },
  { smooth: false, ratio: 1, moving: true }, { smooth: false, ratio: 1, moving: false },
];

export interface Seen { id: string; x: number; y: number; r: number }
export interface Shell { kind: string; tint: number; points: number }

export interface SceneOptions {
  canvas: HTMLCanvasElement;
  dark: boolean;
  quality: number;
  frozen: boolean; // the clock stands, for pictures that can be compared
  pulses: number; // that can fly at once
  onPlaces: (places: Seen[], width: number, height: number) => void;
  onSlow: (p95: number) => void;
}

const tooSlow = 50; // ms a frame, the 95th of a hundred
const window = 60; // frames

export class PictureScene {
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera(50, 1, 0.1, 200);
  private readonly palette: Palette;
  private readonly pulses: Pulses;
  private readonly hub: Mesh<SphereGeometry, ShaderMaterial>;
  private readonly sphere = new SphereGeometry(1, 40, 28);
  private bodies: Mesh<SphereGeometry, ShaderMaterial>[] = [];
  private glows: Sprite[] = [];
  private ribbons: Mesh<BufferGeometry, ShaderMaterial> | undefined;
  private lines: LineSegments[] = [];
  private shells: Points | undefined;
  private model: Model = { bodies: [], ribbons: [] };
  private lit: boolean[] | undefined;
  private frame = 0;
  private times: number[] = [];
  private frames = 0;
  private readonly quality: Quality;
  private yaw = 0;
  private pitch = 0;
  private zoom = 1;
  private readonly target = new Vector3(0, 0.4, 0);
  private readonly aim = new Vector3(0, 0.4, 0);
  private home: [number, number, number] = [0, 0.4, 0];
  private aimZoom = 1;
  private flashes = new Map<number, number>(); // body -> until, seconds
  private visible = true;
  private last = 0;
  private readonly glowTexture = glowOf();
  readonly software: boolean;

  constructor(private readonly o: SceneOptions) {
    this.quality = qualities[Math.min(o.quality, qualities.length - 1)]!;
    this.palette = o.dark ? dark : light;
    this.renderer = new WebGLRenderer({ canvas: o.canvas, antialias: this.quality.smooth, alpha: true, powerPreference: 'low-power' });
    this.renderer.setClearColor(0, 0);
    this.software = isSoftware(this.renderer);
    this.pulses = new Pulses(o.pulses, Math.min(600, o.pulses >> 1), this.palette.additive);
    this.hub = new Mesh(this.sphere, this.bodyMaterial(this.palette.hub, this.palette.hubDeep, 1, 0.5));
    this.hub.scale.setScalar(2.7);
    this.hub.position.set(0, 0.2, 0);
    this.scene.add(this.hub, this.glow(new Vector3(0, 0.2, 0), 11, this.palette.hub, this.palette.glow * 0.8));
    this.scene.add(this.pulses.points);
  }

  // show draws another model; bodies stay where they were.
  show(model: Model): void {
    this.clear();
    this.model = model;
    for (const b of model.bodies) {
      const c = this.colour(b.layer);
      const deep = new Color(c).multiplyScalar(0.28).getHex();
      const mesh = new Mesh(this.sphere, this.bodyMaterial(c, deep, b.live ? 1 : 0.28, 0));
      mesh.position.set(...b.at);
      mesh.scale.setScalar(b.r);
      this.bodies.push(mesh);
      const glow = this.glow(mesh.position, b.r * 5, c, b.live ? this.palette.glow : 0.08);
      this.glows.push(glow);
      this.scene.add(mesh, glow);
    }
    this.ribbons = ribbonMesh(model, (i) => this.colour(model.bodies[i]!.layer), this.palette.additive, this.palette.ribbon * Math.min(1, Math.sqrt(22 / Math.max(model.ribbons.length, 1))));
    this.scene.add(this.ribbons);
    this.addLines();
    this.flow();
    // Without the arc above, the middle of what there is lies lower.
    this.home = [0, model.bodies.some((b) => b.layer === 'meaning') ? 0.3 : -1.6, 0];
    if (this.aimZoom === 1) this.aim.set(...this.home);
    if (this.o.frozen || !this.moving() || !this.frames) this.target.copy(this.aim);
    this.highlight(this.lit);
    this.resize();
  }

  private addLines(): void {
    const spokes: number[] = [], dashed: number[] = [];
    for (const b of this.model.bodies) (b.layer === 'enricher' || b.layer === 'watch' ? dashed : spokes).push(0, 0.2, 0, ...b.at);
    const orbit: number[] = [];
    for (let i = 0; i < 96; i++) {
      for (const k of [i, i + 1]) orbit.push(ring.x * Math.cos((k * Math.PI) / 48), ring.y, ring.z * Math.sin((k * Math.PI) / 48));
    }
    const geometry = (points: number[]) => new BufferGeometry().setAttribute('position', new BufferAttribute(new Float32Array(points), 3));
    const plain = (opacity: number) => new LineBasicMaterial({ color: this.palette.line, transparent: true, opacity, depthWrite: false });
    const broken = new LineSegments(geometry(dashed), new LineDashedMaterial({ color: this.palette.enricher, dashSize: 0.25, gapSize: 0.2, transparent: true, opacity: 0.6, depthWrite: false }));
    broken.computeLineDistances();
    this.lines = [new LineSegments(geometry(spokes), plain(0.28)), new LineSegments(geometry(orbit), plain(0.35)), broken];
    this.scene.add(...this.lines);
  }

  // flow lets a few quiet pulses run along each ribbon, more on wider ones.
  private flow(): void {
    let i = 0;
    for (const r of this.model.ribbons) {
      const a = this.model.bodies[r.a]!, b = this.model.bodies[r.b]!;
      for (let k = 0; k < Math.min(1 + Math.floor(r.width * 9), 8) && i < this.pulses.kept; k++, i++) {
        const there = k % 2 === 0;
        const [from, to] = there ? [a, b] : [b, a];
        this.pulses.set(i, { from: from.at, via: bend(a.at, b.at), to: to.at, tint: this.colour(from.layer), begin: -((i * 0.618) % 1) * 9, seconds: 9, size: 0.2, again: true });
      }
    }
    for (; i < this.pulses.kept; i++) this.pulses.set(i, { from: [0, 0, 0], via: [0, 0, 0], to: [0, 0, 0], tint: 0, begin: 0, seconds: 0, size: 0 });
  }

  // pulse sends bright pulses for new links between two databases.
  pulse(a: string, b: string, count: number): void {
    const from = this.model.bodies.find((x) => x.id === a), to = this.model.bodies.find((x) => x.id === b);
    if (!from || !to) return;
    for (let k = 0; k < Math.min(count, 40); k++) {
      this.pulses.add({ from: from.at, via: bend(from.at, to.at), to: to.at, tint: this.colour(from.layer), begin: this.clock() + k * 0.05, seconds: 2.2, size: 0.46 });
    }
    this.flash(to.id, 2.2);
    this.wake();
  }

  // alert sends a white pulse of an own alert into the hub, and lights those
  // who know what it is about.
  alert(from: string, knowing: readonly string[]): void {
    const own = this.model.bodies.find((x) => x.id === from);
    const hub = [0, 0.2, 0];
    if (own) this.pulses.add({ from: own.at, via: bend(own.at, hub), to: hub, tint: this.palette.alert, begin: this.clock(), seconds: 1.2, size: 0.7 });
    for (const name of knowing) {
      const b = this.model.bodies.find((x) => x.id === name);
      if (!b) continue;
      this.pulses.add({ from: hub, via: bend(hub, b.at), to: b.at, tint: this.palette.alert, begin: this.clock() + 1.2, seconds: 1.2, size: 0.6 });
      this.flash(name, 2.6);
    }
    this.wake();
  }

  // arrive lets what a database published run to the hub.
  arrive(name: string, records: number): void {
    const b = this.model.bodies.find((x) => x.id === name);
    if (!b) return;
    const n = Math.min(1 + Math.floor(Math.log2(1 + records)), 8);
    for (let k = 0; k < n; k++) {
      this.pulses.add({ from: b.at, via: [b.at[0] / 2, b.at[1] / 2 + 1, b.at[2] / 2], to: [0, 0.2, 0], tint: this.colour(b.layer), begin: this.clock() + k * 0.08, seconds: 1.4, size: 0.3 });
    }
    this.wake();
  }

  flash(id: string, seconds: number): void {
    const i = this.model.bodies.findIndex((x) => x.id === id);
    if (i >= 0) this.flashes.set(i, this.clock() + seconds);
  }

  // highlight lets the wanted bodies and what joins them stand out; the rest
  // dims to 15 %.
  highlight(lit: boolean[] | undefined): void {
    this.lit = lit;
    this.bodies.forEach((mesh, i) => {
      const base = this.model.bodies[i]!.live ? 1 : 0.28;
      mesh.material.uniforms['alpha']!.value = !lit || lit[i] ? base : 0.15;
      this.glows[i]!.material.opacity = (!lit || lit[i] ? 1 : 0.1) * (base === 1 ? this.palette.glow : 0.08);
    });
    if (this.ribbons) {
      lightRibbons(this.ribbons, this.model, (k) => {
        const r = this.model.ribbons[k]!;
        return !lit || (lit[r.a] && lit[r.b]) ? (lit ? 1.5 : 1) : 0.12;
      });
    }
    for (const l of this.lines) (l.material as LineBasicMaterial).opacity = lit ? 0.08 : 0.3;
    this.wake();
  }

  // open goes near a body and shows its values by kind as shells of points;
  // without a name it goes back.
  open(id: string | undefined, shells: Shell[]): void {
    if (this.shells) {
      this.scene.remove(this.shells);
      this.shells.geometry.dispose();
      this.shells = undefined;
    }
    const body = this.model.bodies.find((b) => b.id === id);
    const [x, y, z] = body ? body.at : this.home;
    this.aim.set(x, y, z);
    this.aimZoom = body ? 2.6 : 1;
    if (body && shells.length) {
      const points: number[] = [], tints: number[] = [];
      shells.forEach((s, k) => {
        const c = new Color(s.tint), r = body.r * (1.35 + 0.38 * k);
        for (let i = 0; i < s.points; i++) {
          const y = 1 - (2 * (i + 0.5)) / s.points, w = Math.sqrt(1 - y * y), a = i * 2.399963;
          points.push(body.at[0] + r * w * Math.cos(a), body.at[1] + r * y, body.at[2] + r * w * Math.sin(a));
          tints.push(c.r, c.g, c.b);
        }
      });
      const geometry = new BufferGeometry().setAttribute('position', new BufferAttribute(new Float32Array(points), 3)).setAttribute('tint', new BufferAttribute(new Float32Array(tints), 3));
      const material = new ShaderMaterial({ vertexShader: pointVertex, fragmentShader: pointFragment, transparent: true, depthWrite: false, uniforms: { scale: { value: 600 } } });
      this.shells = new Points(geometry, material);
      this.scene.add(this.shells);
      this.resize();
    }
    if (!this.moving()) {
      this.target.copy(this.aim);
      this.zoom = this.aimZoom;
    }
    this.wake();
  }

  turn(dx: number, dy: number): void {
    this.yaw = clamp(this.yaw + dx, -0.7, 0.7);
    this.pitch = clamp(this.pitch + dy, -0.3, 0.5);
    this.wake();
  }

  nearer(factor: number): void {
    this.aimZoom = clamp(this.aimZoom * factor, 0.7, 4);
    if (!this.moving()) this.zoom = this.aimZoom;
    this.wake();
  }

  // pick finds what is drawn at a point of the canvas.
  pick(x: number, y: number): { body?: string; ribbon?: number } {
    let best = 1.25, body: string | undefined;
    for (const s of this.places()) {
      const d = Math.hypot(s.x - x, s.y - y) / Math.max(s.r, 10);
      if (d < best) [best, body] = [d, s.id];
    }
    if (body) return { body };
    let near = 9, ribbon: number | undefined;
    const v = new Vector3();
    this.model.ribbons.forEach((r, k) => {
      const a = this.model.bodies[r.a]!.at, b = this.model.bodies[r.b]!.at, via = bend(a, b);
      for (let i = 2; i <= 22; i++) {
        v.set(...curve(a, via, b, i / 24));
        const p = this.project(v);
        const d = Math.hypot(p.x - x, p.y - y) - 8 * r.width;
        if (d < near) [near, ribbon] = [d, k];
      }
    });
    return ribbon === undefined ? {} : { ribbon };
  }

  see(visible: boolean): void {
    this.visible = visible;
    this.wake();
  }

  resize(): void {
    const el = this.o.canvas, w = el.clientWidth || 1, h = el.clientHeight || 1;
    const ratio = Math.min(devicePixelRatio || 1, this.quality.ratio);
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(w, h, false);
    this.camera.aspect = w / h;
    this.camera.updateProjectionMatrix();
    const scale = (h * ratio) / (2 * Math.tan((this.camera.fov * Math.PI) / 360));
    this.pulses.material.uniforms['scale']!.value = scale;
    if (this.shells) (this.shells.material as ShaderMaterial).uniforms['scale']!.value = scale;
    if (this.ribbons) this.ribbons.material.uniforms['aspect']!.value = this.camera.aspect;
    this.wake(true);
  }

  // wake draws now, and goes on while something moves.
  wake(places = false): void {
    if (places) this.aimCamera();
    if (!this.frame) this.frame = requestAnimationFrame(this.draw);
  }

  // measured says how long frames took lately, in ms.
  measured(): { p50: number; p95: number; frames: number } {
    const sorted = [...this.times].sort((a, b) => a - b);
    const at = (q: number) => sorted[Math.min(Math.floor(q * sorted.length), sorted.length - 1)] ?? 0;
    return { p50: at(0.5), p95: at(0.95), frames: sorted.length };
  }

  // near reports whether the view has come where it was going.
  near(): boolean {
    return this.target.distanceTo(this.aim) < 0.05 && Math.abs(this.zoom - this.aimZoom) < 0.02;
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
    this.frame = -1;
    this.clear();
    this.pulses.dispose();
    this.sphere.dispose();
    this.glowTexture.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss(); // its canvas goes too
  }

  private readonly draw = (): void => {
    this.frame = 0;
    if (!this.visible) return;
    this.frames++;
    const begun = performance.now();
    const now = this.clock();
    this.hub.material.uniforms['turn']!.value = now * 0.05;
    this.pulses.material.uniforms['now']!.value = now;
    this.pulses.points.visible = this.moving() || this.o.frozen;
    for (const [i, until] of this.flashes) {
      const left = until - now;
      const mesh = this.bodies[i];
      if (mesh) mesh.material.uniforms['flash']!.value = Math.max(0, Math.min(left, 1)) * (0.5 + 0.5 * Math.sin(now * 9));
      if (left <= 0) this.flashes.delete(i);
    }
    this.target.lerp(this.aim, 0.12);
    this.zoom += (this.aimZoom - this.zoom) * 0.12;
    this.aimCamera();
    this.renderer.render(this.scene, this.camera);
    if (this.software) this.renderer.getContext().finish(); // else only the asking is measured
    const again = this.moving() && !this.o.frozen;
    if (again || this.target.distanceTo(this.aim) > 0.02 || Math.abs(this.zoom - this.aimZoom) > 0.005) this.frame = requestAnimationFrame(this.draw);
    this.measure(begun, again);
  };

  private measure(begun: number, again: boolean): void {
    const spent = this.software ? performance.now() - begun : this.last ? begun - this.last : 0;
    this.last = again ? begun : 0;
    if (spent > 0 && spent < 2000) this.times.push(spent);
    if (this.times.length < window) return;
    const { p95 } = this.measured();
    if (p95 > tooSlow) this.o.onSlow(p95);
    this.times = this.times.slice(-window / 2);
  }

  private aimCamera(): void {
    const far = (25.5 / this.zoom) * Math.max(1, 1.62 / this.camera.aspect);
    const up = 0.46 + this.pitch;
    this.camera.position.set(
      this.target.x + far * Math.sin(this.yaw) * Math.cos(up), this.target.y + far * Math.sin(up), this.target.z + far * Math.cos(this.yaw) * Math.cos(up),
    );
    this.camera.lookAt(this.target);
    this.camera.updateMatrixWorld();
    this.o.onPlaces(this.places(), this.o.canvas.clientWidth, this.o.canvas.clientHeight);
  }

  private project(v: Vector3): { x: number; y: number } {
    const p = v.clone().project(this.camera);
    return { x: ((p.x + 1) / 2) * this.o.canvas.clientWidth, y: ((1 - p.y) / 2) * this.o.canvas.clientHeight };
  }

  private places(): Seen[] {
    const v = new Vector3();
    const h = this.o.canvas.clientHeight / (2 * Math.tan((this.camera.fov * Math.PI) / 360));
    return this.model.bodies.map((b) => {
      v.set(...b.at);
      const far = v.distanceTo(this.camera.position);
      return { id: b.id, ...this.project(v), r: (b.r * h) / far };
    });
  }

  private moving(): boolean {
    return this.quality.moving && !this.o.frozen;
  }

  private clock(): number {
    return this.o.frozen ? 4 : performance.now() / 1000;
  }

  private colour(layer: string): number {
    return this.palette[layer as 'observation' | 'meaning' | 'enricher' | 'watch'];
  }

  private bodyMaterial(colour: number, deep: number, alpha: number, grid: number): ShaderMaterial {
    return new ShaderMaterial({
      vertexShader: bodyVertex, fragmentShader: bodyFragment, transparent: true,
      uniforms: { colour: { value: new Color(colour) }, deep: { value: new Color(deep) }, alpha: { value: alpha }, grid: { value: grid }, turn: { value: 0 }, flash: { value: 0 } },
    });
  }

  private glow(at: Vector3, size: number, colour: number, opacity: number): Sprite {
    const sprite = new Sprite(new SpriteMaterial({ map: this.glowTexture, color: colour, transparent: true, opacity, depthWrite: false, blending: this.palette.additive ? AdditiveBlending : NormalBlending }));
    sprite.position.copy(at);
    sprite.scale.setScalar(size);
    return sprite;
  }

  private clear(): void {
    for (const m of [...this.bodies, ...this.glows, ...this.lines]) {
      this.scene.remove(m);
      m.material instanceof Array || m.material.dispose();
      if (m instanceof LineSegments) m.geometry.dispose();
    }
    if (this.ribbons) {
      this.scene.remove(this.ribbons);
      this.ribbons.geometry.dispose();
      this.ribbons.material.dispose();
    }
    [this.bodies, this.glows, this.lines, this.ribbons] = [[], [], [], undefined];
    this.flashes.clear();
  }
}

const clamp = (n: number, lo: number, hi: number) => Math.min(Math.max(n, lo), hi);

// glowOf paints the light around a body once; post-processing would cost more
// than all the rest.
function glowOf(): CanvasTexture {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 128;
  const g = canvas.getContext('2d')!;
  const light = g.createRadialGradient(64, 64, 0, 64, 64, 64);
  light.addColorStop(0, 'rgba(255,255,255,0.9)');
  light.addColorStop(0.25, 'rgba(255,255,255,0.35)');
  light.addColorStop(0.6, 'rgba(255,255,255,0.08)');
  light.addColorStop(1, 'rgba(255,255,255,0)');
  g.fillStyle = light;
  g.fillRect(0, 0, 128, 128);
  return new CanvasTexture(canvas);
}

function isSoftware(r: WebGLRenderer): boolean {
  const gl = r.getContext();
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  return /swiftshader|llvmpipe|software/i.test(info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : '');
}
