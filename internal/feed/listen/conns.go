package listen

import (
	"container/list"
	"net"
	"sync"
)

// maxConns bounds the connections of one listener.
const maxConns = 1024

// conns are the open connections of a listener, the one silent for longest
// first. Safe for concurrent use.
type conns struct {
	max     int
	evicted func()

	mu   sync.Mutex
	list list.List
}

// conn is a connection that moves to the end whenever something comes.
type conn struct {
	net.Conn
	all  *conns
	once sync.Once
	mine *list.Element
}

// add takes a connection in; where there are too many, the one silent for
// longest is closed.
func (c *conns) add(nc net.Conn) *conn {
	k := &conn{Conn: nc, all: c}
	c.mu.Lock()
	var old *conn
	if c.list.Len() >= c.max {
		old = c.list.Front().Value.(*conn)
	}
	k.mine = c.list.PushBack(k)
	c.mu.Unlock()
	if old != nil {
		c.evicted()
		_ = old.Close()
	}
	return k
}

// Read implements net.Conn.
func (k *conn) Read(b []byte) (int, error) {
	n, err := k.Conn.Read(b)
	if n > 0 {
		k.all.mu.Lock()
		k.all.list.MoveToBack(k.mine)
		k.all.mu.Unlock()
	}
	return n, err
}

// Close implements net.Conn; it may be called twice.
func (k *conn) Close() (err error) {
	k.once.Do(func() {
		k.all.mu.Lock()
		k.all.list.Remove(k.mine)
		k.all.mu.Unlock()
		err = k.Conn.Close()
	})
	return err
}

// closeAll ends them all.
func (c *conns) closeAll() {
	c.mu.Lock()
	var all []*conn
	for e := c.list.Front(); e != nil; e = e.Next() {
		all = append(all, e.Value.(*conn))
	}
	c.mu.Unlock()
	for _, k := range all {
		_ = k.Close()
	}
}

// bounded is a listener whose connections are bounded.
type bounded struct {
	net.Listener
	all *conns
}

// Accept implements net.Listener.
func (b bounded) Accept() (net.Conn, error) {
	nc, err := b.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return b.all.add(nc), nil
}
