package undocumented

const Exported = 1

type Type struct{}

func (Type) Method() {}

func Function() {}

// These have one comment for both.
const (
	One = 1
	Two = 2
)

// String is exempt, and so is what is not exported.
type unexported struct{}

func (unexported) Visible() {}
func (Type) String() string { return "" }
