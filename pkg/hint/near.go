package hint

// Near returns the names that a misspelt one may be meant to be, best first: those that differ from it in few
// letters. A name of another length altogether is not near.
func Near(name string, names []string) []string {
	var near []string
	for limit := 1; limit <= max(1, len(name)/3); limit++ {
		for _, other := range names {
			if distance(name, other) == limit {
				near = append(near, other)
			}
		}
	}
	return near
}

// distance counts the letters to insert, delete or replace between two words, by the table of Wagner and
// Fischer, of which one row is kept.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
