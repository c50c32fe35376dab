package access

// Digest is a hash over everything the principal sees, whatever the order it
// came in: two hubs that hold the same have the same. Admins only: it reads
// the whole store.
func (v View) Digest() (string, error) {
	if err := v.reg.admin(v.who); err != nil {
		return "", err
	}
	return v.hub.Digest(v.scope), nil
}
