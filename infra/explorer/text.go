package explorer

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// text is how bytes of Redis are shown. Keys and values may hold any bytes.
type text struct {
	Text string `json:"text"`
	Cut  bool   `json:"cut,omitempty"` // there is more than is shown
}

// show writes the bytes that are no visible text as redis-cli does, \x00, and
// ends after limit bytes.
func show(s string, limit int) text {
	cut := len(s) > limit
	if cut {
		s = s[:limit]
		// No half of a letter at the end.
		for i := 1; i < utf8.UTFMax && i <= len(s); i++ {
			if last := s[len(s)-i:]; utf8.RuneStart(last[0]) {
				if !utf8.FullRuneInString(last) {
					s = s[:len(s)-i]
				}
				break
			}
		}
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\n', r == '\t', strconv.IsPrint(r):
			b.WriteString(s[:size])
		default: // also what would turn the direction of the text around
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
		s = s[size:]
	}
	return text{b.String(), cut}
}

// An id is a key's name in an address: its bytes, whatever they are.
func id(name string) string { return base64.RawURLEncoding.EncodeToString([]byte(name)) }

func parseID(s string) (string, error) {
	name, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(name) > maxName {
		return "", badRequest("This is not the id of a key.")
	}
	return string(name), nil
}
