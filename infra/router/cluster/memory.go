package cluster

import "sync"

// maxRemembered bounds the memory that strangers' names can take.
const maxRemembered = 10_000

// memory remembers values by name until they are forgotten.
type memory[T any] struct {
	mu     sync.Mutex
	values map[string]T
}

func (m *memory[T]) recall(name string) (T, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.values[name]
	return v, ok
}

func (m *memory[T]) remember(name string, value T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil || len(m.values) >= maxRemembered {
		m.values = map[string]T{} // all can be read again
	}
	m.values[name] = value
}

func (m *memory[T]) forget(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.values, name)
}

func (m *memory[T]) forgetAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values = nil
}
