package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNoStackIsSelected(t *testing.T) {
	for _, c := range []struct{ given, want []string }{
		{[]string{"stack", "select", "--stack", "dev"}, []string{"stack", "--show-name", "--stack", "dev"}},
		{[]string{"stack", "init", "dev"}, []string{"stack", "init", "dev", "--no-select"}},
		{[]string{"stack", "output", "--stack", "dev"}, []string{"stack", "output", "--stack", "dev"}},
		{[]string{"up"}, []string{"up"}},
		{nil, nil},
	} {
		given := append([]string(nil), c.given...)
		require.Equal(t, c.want, unselected(given))
		require.Equal(t, c.given, given)
	}
}
