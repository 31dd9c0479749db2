package testenv

import "testing"

func TestServersAnswer(t *testing.T) {
	Mongod(t)
	Redis(t)
}
