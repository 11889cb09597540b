package dev.soma.acceptance;

import dev.soma.devkit.Databases;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/// Questions to the platform's PostgreSQL.
///
/// @param database where it is
record Database(Databases.Database database) {

    /// All rows of a query, each as texts; empty text for NULL.
    List<List<String>> rows(String query) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(query)) {
            int columns = found.getMetaData().getColumnCount();
            List<List<String>> rows = new ArrayList<>();
            while (found.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    String value = found.getString(i);
                    row.add(value == null ? "" : value);
                }
                rows.add(List.copyOf(row));
            }
            return rows;
        }
    }

    long number(String query) throws SQLException {
        return Long.parseLong(rows(query).getFirst().getFirst());
    }
}
