// Totals of three columns of a CSV file, each in a goroutine of its own.
package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"strconv"
	"sync"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		panic(err)
	}
	totals := make([]int, 3)
	var group sync.WaitGroup
	for column := range totals {
		group.Add(1)
		go func(column int) {
			defer group.Done()
			for _, row := range rows[1:] {
				value, _ := strconv.Atoi(row[column+1])
				totals[column] += value
			}
		}(column)
	}
	group.Wait()
	text, _ := json.Marshal(map[string]int{"age": totals[0], "amount": totals[1], "months": totals[2]})
	if err := os.WriteFile(os.Args[2], text, 0o644); err != nil {
		panic(err)
	}
}
