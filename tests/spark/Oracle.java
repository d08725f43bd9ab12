/* SPDX-License-Identifier: MIT
 *
 * Spark's value of an expression for each row of a table, without a job: the query is
 * analysed and optimised by Spark, then its projections are evaluated row by row, so
 * that one row's failure costs the others nothing. Compiled at run time by Janino, which
 * Spark brings, hence the plain old Java. spark_oracle.py is its user.
 */
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.EvalMode;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.InterpretedMutableProjection;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.catalyst.util.TimestampFormatter;
import org.apache.spark.sql.classic.Dataset;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.types.*;
import org.apache.spark.unsafe.types.CalendarInterval;
import org.apache.spark.unsafe.types.UTF8String;

public class Oracle {
	private final SparkSession spark;
	private InternalRow[] rows = new InternalRow[0];
	private ZoneId zone = ZoneOffset.UTC;
	private TimestampFormatter local, instant;

	public Oracle(Object spark) {
		this.spark = (SparkSession) spark;
	}

	/* The rows that expressions are evaluated for: those of table NAME. */
	public int table(String name) {
		LogicalPlan plan = spark.sql("SELECT * FROM " + name).queryExecution().optimizedPlan();
		rows = spark.sql("SELECT * FROM " + name).queryExecution().executedPlan().executeCollect();
		return plan.output().size();
	}

	/* Without rows: expressions of constants alone. */
	public void oneRow() {
		rows = new InternalRow[] {InternalRow.empty()};
	}

	public void zone(String name) {
		zone = ZoneId.of(name);
		local = TimestampFormatter.getFractionFormatter(ZoneOffset.UTC);
		instant = TimestampFormatter.getFractionFormatter(zone);
	}

	private static String condition(Throwable e) {
		for (Throwable t = e; t != null; t = t.getCause())
			if (t instanceof SparkThrowable && ((SparkThrowable) t).getCondition() != null)
				return "!" + ((SparkThrowable) t).getCondition();
		return "!?" + e.getClass().getName();
	}

	/* [types of the columns], then a JSON array of the columns' values for each row, or "!" and the error's class. */
	public String[] query(String sql) {
		Dataset df;
		LogicalPlan plan;
		try {
			df = spark.sql(sql);
			plan = df.queryExecution().optimizedPlan();
		} catch (Throwable e) {
			return new String[] {condition(e)};
		}
		StructType schema = df.schema();
		StringBuilder types = new StringBuilder();
		for (int i = 0; i < schema.fields().length; i++)
			types.append(i > 0 ? "\t" : "").append(schema.fields()[i].dataType().sql());
		String[] out = new String[rows.length + 1];
		out[0] = types.toString();
		Object[] steps = projections(plan);
		if (steps == null)
			return new String[] {"!!" + plan.nodeName()};
		for (int r = 0; r < rows.length; r++) {
			try {
				InternalRow row = rows[r];
				for (int k = steps.length - 1; k >= 0; k--)
					row = ((InternalRow) ((InterpretedMutableProjection) steps[k]).apply(row)).copy();
				StringBuilder b = new StringBuilder("[");
				for (int i = 0; i < schema.fields().length; i++) {
					DataType t = schema.fields()[i].dataType();
					b.append(i > 0 ? "," : "");
					put(b, row.isNullAt(i) ? null : row.get(i, t), t);
				}
				out[r + 1] = b.append(']').toString();
			} catch (Throwable e) {
				out[r + 1] = condition(e);
				if (sql.contains("map")) /* a builder of maps keeps what it had when it failed */
					steps = projections(spark.sql(sql).queryExecution().optimizedPlan());
			}
		}
		return out;
	}

	private Object[] projections(LogicalPlan plan) {
		ArrayList steps = new ArrayList();
		while (plan instanceof Project) {
			Project p = (Project) plan;
			InterpretedMutableProjection m =
				new InterpretedMutableProjection(p.projectList(), p.child().output());
			m.initialize(0);
			steps.add(m);
			plan = p.child();
		}
		boolean leaf = plan.children().isEmpty();
		return leaf && !steps.isEmpty() ? steps.toArray() : null;
	}

	private static void quote(StringBuilder b, String s) {
		b.append('"');
		for (int i = 0; i < s.length(); i++) {
			char c = s.charAt(i);
			if (c == '"' || c == '\\')
				b.append('\\').append(c);
			else if (c < 0x20 || (c >= 0xd800 && c < 0xe000) || c >= 0x7f && c < 0xa0)
				b.append(String.format("\\u%04x", new Object[] {Integer.valueOf(c)}));
			else
				b.append(c);
		}
		b.append('"');
	}

	/* As medal writes records: DESIGN's "Records". */
	private void put(StringBuilder b, Object v, DataType t) {
		if (v == null)
			b.append("null");
		else if (t instanceof StringType)
			quote(b, v.toString());
		else if (t instanceof DoubleType || t instanceof FloatType) {
			double d = ((Number) v).doubleValue();
			String s = v.toString();
			b.append(Double.isNaN(d) || Double.isInfinite(d) ? "\"" + s + "\"" : s);
		} else if (t instanceof DecimalType)
			b.append(((Decimal) v).toJavaBigDecimal().toPlainString());
		else if (t instanceof BinaryType)
			b.append('"').append(Base64.getEncoder().encodeToString((byte[]) v)).append('"');
		else if (t instanceof TimestampType || t instanceof TimestampNTZType)
			putTime(b, ((Long) v).longValue(), t instanceof TimestampType);
		else if (t instanceof DayTimeIntervalType)
			putDayTime(b, ((Long) v).longValue());
		else if (t instanceof YearMonthIntervalType) {
			long m = ((Integer) v).longValue();
			b.append(m < 0 ? "\"-" : "\"").append(Math.abs(m) / 12).append('-').append(Math.abs(m) % 12).append('"');
		} else if (t instanceof ArrayType)
			putArray(b, (ArrayData) v, ((ArrayType) t).elementType());
		else if (t instanceof MapType)
			putMap(b, (MapData) v, (MapType) t);
		else if (t instanceof StructType)
			putStruct(b, (InternalRow) v, (StructType) t);
		else if (t instanceof DateType || t instanceof TimeType || t instanceof CalendarIntervalType)
			quote(b, text(v, t));
		else
			b.append(v.toString());
	}

	private String text(Object v, DataType t) {
		Expression e = new Cast(Literal.create(v, t), DataTypes.StringType, scala.Option.apply(zone.getId()),
					EvalMode.LEGACY());
		return e.eval(InternalRow.empty()).toString();
	}

	private void putTime(StringBuilder b, long us, boolean zoned) {
		b.append('"').append((zoned ? instant : local).format(us).replace(' ', 'T'));
		if (zoned) {
			Instant i = Instant.EPOCH.plus(us, ChronoUnit.MICROS);
			String o = zone.getRules().getOffset(i).getId();
			b.append(zone.equals(ZoneOffset.UTC) || zone.getId().equals("UTC") ? "Z" : o.equals("Z") ? "+00:00" : o);
		}
		b.append('"');
	}

	private static void putDayTime(StringBuilder b, long us) {
		java.math.BigInteger[] q =
			java.math.BigInteger.valueOf(us).abs().divideAndRemainder(java.math.BigInteger.valueOf(1000000L));
		long s = q[0].longValue();
		b.append(us < 0 ? "\"-" : "\"");
		b.append(String.format("%d %02d:%02d:%02d.%06d000\"",
				       new Object[] {Long.valueOf(s / 86400), Long.valueOf(s / 3600 % 24),
						     Long.valueOf(s / 60 % 60), Long.valueOf(s % 60), q[1]}));
	}

	private void putArray(StringBuilder b, ArrayData a, DataType t) {
		b.append('[');
		for (int i = 0; i < a.numElements(); i++) {
			b.append(i > 0 ? "," : "");
			put(b, a.isNullAt(i) ? null : a.get(i, t), t);
		}
		b.append(']');
	}

	private void putMap(StringBuilder b, MapData m, MapType t) {
		b.append('{');
		for (int i = 0; i < m.numElements(); i++) {
			b.append(i > 0 ? "," : "");
			quote(b, text(m.keyArray().get(i, t.keyType()), t.keyType()));
			b.append(':');
			put(b, m.valueArray().isNullAt(i) ? null : m.valueArray().get(i, t.valueType()), t.valueType());
		}
		b.append('}');
	}

	private void putStruct(StringBuilder b, InternalRow r, StructType t) {
		b.append('{');
		for (int i = 0; i < t.fields().length; i++) {
			b.append(i > 0 ? "," : "");
			quote(b, t.fields()[i].name());
			b.append(':');
			put(b, r.isNullAt(i) ? null : r.get(i, t.fields()[i].dataType()), t.fields()[i].dataType());
		}
		b.append('}');
	}
}
