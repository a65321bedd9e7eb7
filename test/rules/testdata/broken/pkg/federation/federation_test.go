package federation

import (
	_ "os" // tests may
)
