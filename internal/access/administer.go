package access

import "context"

// Administer lets an administrator do something beside the data: Denied for
// others. With an action it is in the audit before it is done.
func (v View) Administer(ctx context.Context, action, object, why string) error {
	if err := v.reg.admin(v.who); err != nil || action == "" {
		return err
	}
	return v.reg.note(ctx, v.who, action, object, why)
}

// Compare compares the sources that a list of names means (sources or
// publishers; none: all feeds) by what they hold and who had it first.
func (v View) Compare(ctx context.Context, names []string) (Comparison, error) {
	return v.hub.Compare(ctx, v.scope, names)
}
