package store

// shadow keeps the old content of pages for a running snapshot.
type shadow struct{}

func (s *shadow) keep(off uintptr) {}
