package format

import "bytes"

// hit reads a count and says whether it is above zero. JavaScript writes large
// ones as 1e+21.
func (j *jsonReader) hit() (bool, error) {
	b, err := j.number()
	if err != nil {
		return false, err
	}
	mantissa, _, _ := bytes.Cut(bytes.ToLower(b), []byte("e"))
	if mantissa[0] == '-' {
		return false, j.damaged("the count %q is negative", clipped(b))
	}
	return bytes.ContainsAny(mantissa, "123456789"), nil
}

// whole reads a whole number of at most 18 digits, not negative.
func (j *jsonReader) whole() (int64, error) {
	b, err := j.number()
	if err != nil {
		return 0, err
	}
	n, ok := number(b)
	if !ok {
		return 0, j.damaged("%q is no count", clipped(b))
	}
	return n, nil
}

// skip passes over a value, whatever it is.
func (j *jsonReader) skip() error {
	c, err := j.peek()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		return j.object(func([]byte) error { return j.skip() })
	case '[':
		return j.array(j.skip)
	case '"':
		_, err := j.string(false)
		return err
	case 't':
		return j.word("true")
	case 'f':
		return j.word("false")
	case 'n':
		return j.word("null")
	}
	_, err = j.number()
	return err
}

func (j *jsonReader) word(word string) error {
	for i := range len(word) {
		c, err := j.byte()
		if err != nil {
			return err
		}
		if c != word[i] {
			return j.damaged("something that is no value")
		}
	}
	return nil
}

// members holds that the known members of an object stand in it once each.
type members map[string]bool

func (m members) once(j *jsonReader, key string) error {
	if m[key] {
		return j.damaged("the member %q stands in it twice", key)
	}
	m[key] = true
	return nil
}
