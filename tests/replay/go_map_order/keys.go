// The keys of a map, in no order.
package main

import (
	"fmt"
	"os"
)

func main() {
	seen := map[int]bool{}
	for i := 0; i < 200; i++ {
		seen[i*i] = true
	}
	file, err := os.Create("keys.txt")
	if err != nil {
		panic(err)
	}
	defer file.Close()
	for key := range seen {
		fmt.Fprintln(file, key)
	}
}
