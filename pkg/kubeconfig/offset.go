package kubeconfig

import (
	"bytes"
	"unicode/utf8"
)

// offset turns a line and a column of the YAML parser, both from 1, into a byte
// offset. The parser counts characters and not bytes, skips a leading byte order
// mark, and takes more than the line feed for the end of a line. A position
// beyond the end gives the length of data.
func offset(data []byte, line, column int) int {
	at := 0
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		at = len("\ufeff")
	}
	for line > 1 && at < len(data) {
		width, isBreak := character(data[at:])
		at += width
		if isBreak {
			line--
		}
	}
	for column > 1 && at < len(data) {
		width, _ := character(data[at:])
		at += width
		column--
	}
	return at
}

// character measures the character that text begins with, in bytes, and says
// whether it ends a line. CR LF counts as one.
func character(text []byte) (width int, isBreak bool) {
	r, width := utf8.DecodeRune(text)
	switch r {
	case '\r':
		if len(text) > 1 && text[1] == '\n' {
			width = 2
		}
		return width, true
	case '\n', '\u0085', '\u2028', '\u2029':
		return width, true
	}
	return width, false
}
