using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Interop;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace Microsoft.ML.DeepLayers.Tests.Interop;

[TestClass]
public sealed class SchemaShapesTests
{
    [TestMethod]
    public void Columns_are_what_was_asked_for()
    {
        SchemaShape.Column note = SchemaShapes.Scalar("Note", TextDataViewType.Instance);
        SchemaShape.Column key = SchemaShapes.Scalar("Key", NumberDataViewType.UInt32, isKey: true, note);
        Assert.AreEqual(("Key", VectorKind.Scalar, true), (key.Name, key.Kind, key.IsKey));
        Assert.AreEqual("Note", Assert.ContainsSingle(key.Annotations).Name);
        Assert.AreEqual("Key<UInt32>", SchemaShapes.Describe(key));
        SchemaShape.Column vector = SchemaShapes.Vector("Vector", NumberDataViewType.Single);
        Assert.AreEqual((VectorKind.Vector, false, 0), (vector.Kind, vector.IsKey, vector.Annotations.Count));
        Assert.AreEqual("Vector<Single>", SchemaShapes.Describe(vector));
    }

    [TestMethod]
    public void Types_become_shapes()
    {
        Assert.AreEqual("VarVector<Double>", Shape(new VectorDataViewType(NumberDataViewType.Double)));
        Assert.AreEqual("Vector<Key<UInt16>>", Shape(new VectorDataViewType(new KeyDataViewType(typeof(ushort), 4), 3)));
        Assert.AreEqual("Boolean", Shape(BooleanDataViewType.Instance));

        static string Shape(DataViewType type) => SchemaShapes.Describe(SchemaShapes.FromType("Column", type));
    }

    [TestMethod]
    public void Columns_are_found_compared_and_replaced()
    {
        var ml = new MLContext();
        SchemaShape shape = SchemaShapes.FromSchema(ml.Data.LoadFromEnumerable(new[] { new { A = 1f, B = "x" } }).Schema);
        Assert.IsNull(SchemaShapes.Find(shape, "C"));
        SchemaShape.Column found = SchemaShapes.Find(shape, "A")!.Value;
        Assert.IsTrue(SchemaShapes.Fulfils(found, SchemaShapes.Scalar("A", NumberDataViewType.Single)));
        Assert.IsFalse(SchemaShapes.Fulfils(found, SchemaShapes.Scalar("A", NumberDataViewType.Double)));
        SchemaShape more = SchemaShapes.Append(shape, [SchemaShapes.Vector("B", NumberDataViewType.Single), SchemaShapes.Scalar("C", BooleanDataViewType.Instance)]);
        CollectionAssert.AreEqual(new[] { "A", "B", "C" }, more.Select(column => column.Name).ToArray());
        Assert.AreEqual(VectorKind.Vector, more[1].Kind);
    }

    [TestMethod]
    public void Trainers_have_characteristics()
    {
        TrainerInfo info = TrainerInfos.Create(needsNormalization: true, wantsCaching: false, supportsValidation: true, continuesTraining: true);
        Assert.IsTrue(info.NeedNormalization);
        Assert.IsFalse(info.WantCaching);
    }
}
