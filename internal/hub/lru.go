package hub

import (
	"container/list"
	"sync"
)

// lru keeps the values used last, up to a number of them. Safe for concurrent
// use.
type lru[K comparable, V any] struct {
	mu    sync.Mutex
	max   int
	order *list.List // of *pair[K, V], newest first
	at    map[K]*list.Element
}

type pair[K comparable, V any] struct {
	key K
	val V
}

func newLRU[K comparable, V any](max int) *lru[K, V] {
	return &lru[K, V]{max: max, order: list.New(), at: map[K]*list.Element{}}
}

func (c *lru[K, V]) get(k K) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.at[k]
	if e == nil {
		return v, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*pair[K, V]).val, true
}

func (c *lru[K, V]) put(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.at[k]; e != nil {
		e.Value.(*pair[K, V]).val = v
		c.order.MoveToFront(e)
		return
	}
	c.at[k] = c.order.PushFront(&pair[K, V]{k, v})
	if c.order.Len() > c.max {
		old := c.order.Back()
		c.order.Remove(old)
		delete(c.at, old.Value.(*pair[K, V]).key)
	}
}
