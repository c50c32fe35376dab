package vuln

import (
	"github.com/opencure/cure/internal/num/textclass"
	"github.com/opencure/cure/internal/publish/advisory"
)

// rival is the neural contender of the tables: the encoder alone, with its
// heads for the type and the eight metrics, on the same texts, features and
// calibration. The model keeps what is good in it: its CVSS heads, beside the
// linear ones.
type rival struct {
	logits func(textclass.Vector) [][]float32
	cal    [1 + len(metrics)]textclass.Calibration
}

// encode trains the encoder. Cost: some minutes of one processor.
func (t *trainer) encode() {
	heads := []int{len(t.model.types)}
	for _, m := range metrics {
		heads = append(heads, len(m.values))
	}
	var tasks []textclass.Task
	for i := range t.train {
		tasks = append(tasks, t.task(&t.train[i], i))
	}
	t.encoder = textclass.TrainEncoder(&t.rows, tasks, t.model.words.Len(), heads, t.s.Shape, t.s.Neural)
	t.model.deep = t.encoder.Compact(1)
}

// rival makes the contender of the trained encoder.
func (t *trainer) rival() *rival {
	r := &rival{logits: t.encoder.Logits()}
	for h, classes := range t.encoder.Heads {
		var scored []textclass.Scored
		for i := range t.held {
			target := t.task(&t.held[i], i).Target[h]
			if len(target) > 0 {
				out := r.logits(t.tests.Row(i))[h]
				scored = append(scored, textclass.Scored{Logits: [][]float32{append([]float32(nil), out...)}, Target: target})
			}
		}
		r.cal[h] = textclass.Calibrate(classes, 1, scored, t.s.Pull)
	}
	return r
}

// task is a text with what is known of it.
func (t *trainer) task(r *advisory.Record, row int) textclass.Task {
	task := textclass.Task{Row: int32(row), Weight: float32(t.age(r, t.s.AgeNeural)), Target: make([][]textclass.Share, 1+len(metrics))}
	task.Target[0] = t.target(r)
	if c, ok := parseChoice(r.CVSS3); ok {
		for i := range metrics {
			task.Target[1+i] = []textclass.Share{{Class: uint16(c[i]), Mass: 1}}
		}
	}
	return task
}

func (r *rival) kinds(dst []float32, v textclass.Vector) {
	copy(dst, r.logits(v)[0])
	r.cal[0].Probabilities(dst)
}

func (r *rival) metrics(dst *[len(metrics)][]float32, v textclass.Vector) {
	out := r.logits(v)
	for i := range dst {
		copy(dst[i], out[1+i])
		r.cal[1+i].Probabilities(dst[i])
	}
}
