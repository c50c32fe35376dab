package log

import "context"

// memAppender appends to the stream that route finds.
type memAppender struct {
	life   *life
	window *window
	route  func(subject string) (*memStream, error)
}

func (a *memAppender) ready(ctx context.Context, what string) error {
	return ready(ctx, a.life, what)
}

func (a *memAppender) Append(ctx context.Context, subject, id string, data []byte) (uint64, error) {
	if err := checkAppend(subject, id, data); err != nil {
		return 0, err
	}
	if err := a.ready(ctx, "append"); err != nil {
		return 0, err
	}
	s, err := a.route(subject)
	if err != nil {
		return 0, err
	}
	return s.append(subject, id, data)
}

func (a *memAppender) AppendAsync(ctx context.Context, subject, id string, data []byte, done func(uint64, error)) error {
	if err := checkAppend(subject, id, data); err != nil {
		return err
	}
	return a.window.submit(ctx, func() (func() (uint64, error), error) {
		s, err := a.route(subject)
		if err != nil {
			return nil, err
		}
		seq, err := s.append(subject, id, data)
		return func() (uint64, error) { return seq, err }, nil
	}, done)
}
